"""apimart-widgets: a Jupyter panel and a Python client for the APIMart image API."""
