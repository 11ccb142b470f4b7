"""The models page: what is here, what can be fetched, and what a model is inside. Fetches nothing itself."""
