"""The stage over HTTP and in realtime."""
