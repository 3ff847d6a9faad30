#include "sdp_shield.hpp"

#include <charconv>
#include <set>
#include <string>
#include <vector>

#include <arpa/inet.h>

namespace gate {

namespace {

using View = std::string_view;

const std::size_t MAX_SIZE = 4 * 1024;
const int MAX_MEDIA = 8;
const int MAX_FORMATS = 24;
const int MAX_ATTRIBUTES = 64;
const int MAX_BANDWIDTHS = 4;
const int MAX_CRYPTO = 8;
const int MIN_PTIME = 5, MAX_PTIME = 240;       /* milliseconds */
const int MAX_MAXPTIME = 10000;
const int FIRST_UNASSIGNED = 35;        /* payload types below have a meaning */

/* Return the number that is all of the text, or -1. */
int number(View text)
{
    int value = -1;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

std::vector<View> words(View text)
{
    std::vector<View> found;
    while (!text.empty()) {
        std::size_t begin = text.find_first_not_of(' ');
        if (begin == View::npos)
            break;
        text.remove_prefix(begin);
        std::size_t end = text.find(' ');
        found.push_back(text.substr(0, end));
        text.remove_prefix(end == View::npos ? text.size() : end);
    }
    return found;
}

bool numeric_address(View text)
{
    std::string address(text.substr(0, text.find('/')));
    in6_addr buffer;
    return inet_pton(AF_INET, address.c_str(), &buffer) == 1
           || inet_pton(AF_INET6, address.c_str(), &buffer) == 1;
}

/* "IN IP4 address" */
bool connection(const std::vector<View> &parts, std::size_t first)
{
    return parts.size() > first + 2 && numeric_address(parts[first + 2]);
}

/** What is counted from one m= line to the next. */
class Section
{
public:
    const char *media(View value)
    {
        auto parts = words(value);
        if (parts.size() < 4)
            return "sdp-media";
        View port = parts[1].substr(0, parts[1].find('/'));
        int parsed = number(port);
        if (parsed < 0 || parsed > 65535)
            return "sdp-port";
        if (parts.size() - 3 > MAX_FORMATS)
            return "sdp-formats";
        if (parsed && parts[2].find("RTP/") != View::npos) {
            for (std::size_t i = 3; i < parts.size(); ++i) {
                int type = number(parts[i]);
                if (type < 0 || type > 127)
                    return "sdp-format";
                if (type >= FIRST_UNASSIGNED)
                    unmapped_.insert(type);
            }
        }
        return nullptr;
    }

    const char *attribute(View value)
    {
        if (++attributes_ > MAX_ATTRIBUTES)
            return "sdp-attributes";
        std::size_t colon = value.find(':');
        View name = value.substr(0, colon);
        View rest = colon == View::npos ? View() : value.substr(colon + 1);
        if (name == "crypto")
            return ++cryptos_ > MAX_CRYPTO ? "sdp-crypto" : nullptr;
        if (name == "rtpmap")
            return mapped(rest);
        if (name == "ptime" || name == "maxptime") {
            int limit = name == "ptime" ? MAX_PTIME : MAX_MAXPTIME;
            int ptime = number(rest.substr(0, rest.find_first_of(". ")));
            return ptime < MIN_PTIME || ptime > limit ? "sdp-ptime" : nullptr;
        }
        if (name == "rtcp") {
            auto parts = words(rest);
            bool fine = parts.size() == 1 || connection(parts, 1);
            return fine ? nullptr : "sdp-address";
        }
        return nullptr;
    }

    const char *bandwidth()
    {
        return ++bandwidths_ > MAX_BANDWIDTHS ? "sdp-bandwidth" : nullptr;
    }

    const char *end() const { return unmapped_.empty() ? nullptr : "sdp-rtpmap"; }

private:
    const char *mapped(View value)
    {
        auto parts = words(value);
        int type = parts.empty() ? -1 : number(parts[0]);
        if (type < 0 || type > 127 || parts.size() < 2
            || parts[1].find('/') == View::npos)
            return "sdp-rtpmap";
        unmapped_.erase(type);
        return nullptr;
    }

    int attributes_ = 0, cryptos_ = 0, bandwidths_ = 0;
    std::set<int> unmapped_;
};

/** The whole description, line by line. */
class Description
{
public:
    const char *line(View text)
    {
        if (text.size() < 2 || text[1] != '=')
            return "sdp-line";
        View value = text.substr(2);
        switch (text[0]) {
        case 'm':
            if (const char *defect = section_.end())
                return defect;
            section_ = Section();
            return ++media_ > MAX_MEDIA ? "sdp-media" : section_.media(value);
        case 'a':
            return section_.attribute(value);
        case 'b':
            return section_.bandwidth();
        case 'c':
            return connection(words(value), 0) ? nullptr : "sdp-address";
        default:
            return nullptr;
        }
    }

    const char *end() const { return section_.end(); }

private:
    int media_ = 0;
    Section section_;
};

} // namespace

const char *sdp_defect(View sdp)
{
    if (sdp.size() > MAX_SIZE)
        return "sdp-size";
    if (sdp.find('\0') != View::npos)
        return "sdp-nul";
    Description description;
    while (!sdp.empty()) {
        std::size_t end = sdp.find_first_of("\r\n");
        View line = sdp.substr(0, end);
        if (!line.empty()) {
            if (const char *defect = description.line(line))
                return defect;
        }
        sdp.remove_prefix(end == View::npos ? sdp.size() : end + 1);
    }
    return description.end();
}

} // namespace gate
