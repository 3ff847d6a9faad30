"""How the native library is built: one zig path for every platform."""
