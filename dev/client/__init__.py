"""Generates `livehall.client` from the OpenAPI document: `python -m dev.client DOCUMENT FOLDER`."""
