// The gate, beside PJSIP's own classes.
%{
#include "gate.hpp"
#include "video_source.hpp"
#include "webrtc_line.hpp"
%}

%feature("director") pj::Gate;
%feature("director") pj::VideoSource;
%feature("director") pj::WebRtcLine;

// A request whose judgement fails, or is no number, is dropped; the failure goes to
// sys.unraisablehook.
%feature("director:except") pj::Gate::onRequest {
    if ($error != NULL) {
        PyErr_WriteUnraisable(NULL);
        return pj::GATE_DROP;
    }
}

%typemap(directorout, noblock=1) int pj::Gate::onRequest {
    if (!SWIG_IsOK(SWIG_AsVal(int)($input, &$result))) {
        PyErr_SetString(PyExc_TypeError, "a verdict is a number");
        PyErr_WriteUnraisable(NULL);
        $result = pj::GATE_DROP;
    }
}

// Facts are read; only the account is written.
%immutable pj::GateRequest;
%feature("immutable", "0") pj::GateRequest::accountId;

%include "gate.hpp"
%include "video_source.hpp"
%include "webrtc_line.hpp"
