"""Figures: hot paths measured as ratios in one run. `make bench` writes them into `bench/README.md`."""
