"""Where a broadcast goes besides its viewers: streaming targets, and what runs of them."""
