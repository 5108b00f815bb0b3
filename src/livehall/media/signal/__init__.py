"""LiveKit's signalling: protobuf over WebSocket."""
