#include "gate.hpp"

#include <pjmedia-codec.h>
#include <pjmedia.h>
#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

#include "build_facts.h"
#include "defects.hpp"

namespace pj {

namespace {

std::string member(const char *name, long value)
{
    return std::string("\"") + name + "\": " + std::to_string(value);
}

std::string flag(const char *name, bool value)
{
    return std::string("\"") + name + "\": " + (value ? "true" : "false");
}

std::string quoted(const char *name, const std::string &value)
{
    return std::string("\"") + name + "\": \"" + value + "\"";
}

std::string switches()
{
    return "{" + flag("asserts", PJ_DEBUG) + ", "
           + member("max_handles", PJ_IOQUEUE_MAX_HANDLES) + ", "
           + member("max_transports", PJSIP_MAX_TRANSPORTS) + ", "
           + member("max_calls", PJSUA_MAX_CALLS) + ", "
           + member("max_accounts", PJSUA_MAX_ACC) + ", "
           + member("max_message", PJSIP_MAX_PKT_LEN) + ", "
           + flag("ipv6", PJ_HAS_IPV6) + ", "
           + quoted("poll", pj_ioqueue_name()) + ", "
           + flag("srtp", PJMEDIA_HAS_SRTP) + ", "
           + flag("dtls", PJMEDIA_SRTP_HAS_DTLS) + ", "
           + flag("aes_gcm", PJMEDIA_SRTP_HAS_AES_GCM_256) + ", "
           + flag("tls", PJ_HAS_SSL_SOCK) + ", "
           + flag("video", PJMEDIA_HAS_VIDEO) + ", "
           + member("thread_stack", PJ_THREAD_DEFAULT_STACK_SIZE) + ", "
           + member("log_level", PJ_LOG_MAX_LEVEL) + "}";
}

std::string codecs()
{
    std::string list = "\"PCMU\", \"PCMA\"";
#if PJMEDIA_HAS_G722_CODEC
    list += ", \"G722\"";
#endif
#if PJMEDIA_HAS_OPUS_CODEC
    list += ", \"opus\"";
#endif
#if PJMEDIA_HAS_L16_CODEC
    list += ", \"L16\"";
#endif
    return "[" + list + "]";
}

std::string shield()
{
    std::string list;
    for (const char *code : gate::defect::ALL)
        list += std::string(list.empty() ? "\"" : ", \"") + code + "\"";
    return "[" + list + "]";
}

} // namespace

std::string Gate::buildInfo()
{
    return "{" + quoted("pjsip", pj_get_version()) + ", "
           + quoted("build_id", BUILD_ID) + ", "
           + quoted("variant", BUILD_VARIANT) + ", "
           + quoted("target", BUILD_TARGET) + ", "
           + quoted("compiler", BUILD_COMPILER) + ", "
           + "\"sources\": " BUILD_SOURCES ", "
           + "\"patches\": " BUILD_PATCHES ", "
           + "\"shield\": " + shield() + ", "
           + "\"codecs\": " + codecs() + ", "
           + "\"switches\": " + switches() + "}";
}

} // namespace pj
