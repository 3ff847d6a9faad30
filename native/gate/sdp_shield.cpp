#include "sdp_shield.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <climits>
#include <set>
#include <string>
#include <vector>

#include <arpa/inet.h>

#include "defects.hpp"

namespace gate {

namespace {

using View = std::string_view;

const std::size_t MAX_SIZE = 4 * 1024;
const int MAX_MEDIA = 8;
const int MAX_AUDIO_FORMATS = 24, MAX_FORMATS = 32;
const int MAX_ATTRIBUTES = 64;
const int MAX_BANDWIDTHS = 4;
const int MAX_CRYPTO = 8;
const int MAX_PTIME = 240, MAX_MAXPTIME = 10000;        /* milliseconds */
const int FIRST_UNASSIGNED = 35;        /* payload types below have a meaning */

const char DIGITS[] = "0123456789";
/* The name of an attribute ends, for PJSIP, with the first character that is none of: */
const char TOKEN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                     "!#$%&'*+-.^_`{|}~";

std::string lower(View text)
{
    std::string folded(text);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](unsigned char letter) { return std::tolower(letter); });
    return folded;
}

/* Return the number that the text begins with, or -1; one too long is a great one. */
int leading_number(View text)
{
    std::size_t size = std::min(text.find_first_not_of(DIGITS), text.size());
    int value = size ? INT_MAX : -1;
    std::from_chars(text.data(), text.data() + size, value);
    return value;
}

/* Return the number that is all of the text, or -1. */
int number(View text)
{
    return text.find_first_not_of(DIGITS) == View::npos ? leading_number(text) : -1;
}

/* Return how long a ptime is: nothing where there is no number. */
int milliseconds(View text)
{
    text.remove_prefix(std::min(text.find_first_not_of(" \t\v\f"), text.size()));
    return std::max(leading_number(text), 0);
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

/* As words(), but two blanks have an empty field between them. */
std::vector<View> fields(View text)
{
    std::vector<View> found;
    for (std::size_t end = text.find(' '); end != View::npos; end = text.find(' ')) {
        found.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    found.push_back(text);
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

/* PJSIP looks for as many of these as it needs, in the next lines too. */
bool has(View value, char separator, int times)
{
    return std::count(value.begin(), value.end(), separator) >= times;
}

/** What is counted from one m= line to the next. */
class Section
{
public:
    const char *media(View value)
    {
        auto parts = words(value);
        if (parts.size() < 4)
            return defect::SDP_MEDIA;
        View port = parts[1].substr(0, parts[1].find('/'));
        int parsed = number(port);
        if (parsed < 0 || parsed > 65535)
            return defect::SDP_PORT;
        bool audio = lower(parts[0]) == "audio";
        if (parts.size() - 3 > (audio ? MAX_AUDIO_FORMATS : MAX_FORMATS))
            return defect::SDP_FORMATS;
        bool rtp = lower(parts[2]).find("rtp/") != std::string::npos;
        return parsed && rtp ? formats(parts) : nullptr;
    }

    const char *attribute(View value)
    {
        if (++attributes_ > MAX_ATTRIBUTES)
            return defect::SDP_ATTRIBUTES;
        View spelled = value.substr(0, value.find_first_not_of(TOKEN));
        const std::string name = lower(spelled);
        View rest = value.substr(spelled.size());
        if (name != "crypto" && name != "rtpmap" && name != "ptime"
            && name != "maxptime" && name != "rtcp")
            return nullptr;
        if (rest.empty() || rest[0] != ':')
            return defect::SDP_LINE;
        rest.remove_prefix(1);
        if (name == "crypto")
            return ++cryptos_ > MAX_CRYPTO ? defect::SDP_CRYPTO : nullptr;
        if (name == "rtpmap")
            return mapped(rest, spelled == name);
        if (name == "rtcp")
            return control(words(rest));
        int limit = name == "ptime" ? MAX_PTIME : MAX_MAXPTIME;
        return milliseconds(rest) > limit ? defect::SDP_PTIME : nullptr;
    }

    const char *bandwidth()
    {
        return ++bandwidths_ > MAX_BANDWIDTHS ? defect::SDP_BANDWIDTH : nullptr;
    }

    const char *end() const { return unmapped_.empty() ? nullptr : defect::SDP_RTPMAP; }

private:
    const char *formats(const std::vector<View> &parts)
    {
        for (std::size_t i = 3; i < parts.size(); ++i) {
            int type = number(parts[i]);
            if (type < 0 || type > 127)
                return defect::SDP_FORMAT;
            if (type >= FIRST_UNASSIGNED)
                unmapped_.insert(type);
        }
        return nullptr;
    }

    /* PJSIP finds the map of a format if it is spelled so, without a blank. */
    const char *mapped(View value, bool spelled)
    {
        auto parts = words(value);
        int type = parts.empty() ? -1 : number(parts[0]);
        if (type < 0 || type > 127 || parts.size() < 2
            || parts[1].find('/') == View::npos)
            return defect::SDP_RTPMAP;
        if (spelled && value[0] != ' ')
            unmapped_.erase(type);
        return nullptr;
    }

    /* "port" or "port IN IP4 address" */
    const char *control(const std::vector<View> &parts)
    {
        bool fine = !parts.empty() && number(parts[0]) >= 0
                    && (parts.size() == 1 || connection(parts, 1));
        return fine ? nullptr : defect::SDP_ADDRESS;
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
            return defect::SDP_LINE;
        View value = text.substr(2);
        switch (text[0]) {
        case 'm':
            if (const char *defect = section_.end())
                return defect;
            section_ = Section();
            return ++media_ > MAX_MEDIA ? defect::SDP_MEDIA : section_.media(value);
        case 'a':
            return section_.attribute(value);
        case 'b':
            return has(value, ':', 1) ? section_.bandwidth() : defect::SDP_LINE;
        case 'c':
            return connection(fields(value), 0) ? nullptr : defect::SDP_ADDRESS;
        case 'o':
            return has(value, ' ', 5) ? nullptr : defect::SDP_LINE;
        case 't':
            return has(value, ' ', 1) ? nullptr : defect::SDP_LINE;
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
        return defect::SDP_SIZE;
    if (sdp.find('\0') != View::npos)
        return defect::SDP_NUL;
    Description description;
    while (!sdp.empty()) {
        std::size_t end = sdp.find('\n');
        View line = sdp.substr(0, end);
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        /* For PJSIP it ends some lines, others not. */
        if (line.find('\r') != View::npos)
            return defect::SDP_LINE;
        if (!line.empty()) {
            if (const char *defect = description.line(line))
                return defect;
        }
        sdp.remove_prefix(end == View::npos ? sdp.size() : end + 1);
    }
    return description.end();
}

} // namespace gate
