"""The same blog in Django, file by file and class by class.

Read ``posts.py`` here beside ``example_app/blog/posts.py``: the classes have the same
names. Nothing of the Flask blog imports this folder, and nothing in it needs Flask. It
is a Django app that works: the tests run one table of requests against both blogs.
"""
