"""Registration: operations and wire."""

TAG = "Registration"
