"""One UDP port for every peer: ICE-lite, datagrams in and out, the path of one peer."""
