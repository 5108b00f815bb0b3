"""What a request costs through our app, beside a bare Starlette handler that runs the same SQL."""
