"""The load: processes that connect, send, receive and judge; and the bytes that they are given."""
