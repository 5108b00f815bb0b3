"""RTP and RTCP on the wire: headers, reports, feedback, numbering, payload descriptors. No I/O."""
