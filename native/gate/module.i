%module(directors="1") pjsua2

// Written by the build: everything that allowed.txt does not name.
%include "left_out.i"
%include "pjsua2.i"
%include "gate.i"
