"""The agent: a child process with one thread that runs PJSIP."""
