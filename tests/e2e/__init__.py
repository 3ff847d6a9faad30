"""The whole thing: a real Home Assistant, the real agent and real peers."""
