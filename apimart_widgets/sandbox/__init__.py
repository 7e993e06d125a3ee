"""The image API offline, for trying things out, lessons and tests: see `app.create_app`.

``python -m apimart_widgets.sandbox --port 8765`` serves it to any client of the API. This folder imports nothing of
the rest of the package, so that a field name written wrongly cannot pass on both sides.
"""
