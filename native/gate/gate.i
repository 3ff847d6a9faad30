// The gate, beside PJSIP's own classes.
%{
#include "gate.hpp"
%}

%feature("director") pj::Gate;

// A request whose judgement fails is dropped; the failure goes to sys.unraisablehook.
%feature("director:except") pj::Gate::onRequest {
    if ($error != NULL) {
        PyErr_WriteUnraisable(NULL);
        return pj::GATE_DROP;
    }
}

// Facts are read; only the account is written.
%immutable pj::GateRequest;
%feature("immutable", "0") pj::GateRequest::accountId;

%include "gate.hpp"
