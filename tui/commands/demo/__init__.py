"""`drumbeat demo`: a server with made-up people, and the screen over it."""
