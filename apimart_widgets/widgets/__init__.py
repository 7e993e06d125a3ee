"""The panel and its parts. Each front end is one ES module in ``static/``; state flows down, gestures come up."""
