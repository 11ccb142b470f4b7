"""Opens an untrusted model in a short-lived process of its own, and says whether it is safe to load.

`process` is the app's side: it starts the child, watches its time and memory, and turns even the
child's death into a verdict. `child` and everything it imports run only in there. Loads no model.
"""
