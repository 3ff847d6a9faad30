%module(directors="1") pjsua2

%include "trim.i"
%include "pjsua2.i"
%include "gate.i"
