"""What connections and deliveries cost our hub, beside the library inside Centrifugo."""
