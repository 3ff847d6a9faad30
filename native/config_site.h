/* Switches of PJSIP that this library is built with; the reasons are in README.md. */

/* Room: a burst of calls, connections or scanners must not use anything up. */
#define PJ_IOQUEUE_MAX_HANDLES          1024
#define PJSIP_MAX_TRANSPORTS            1024
#define PJSUA_MAX_CALLS                 32
#define PJSUA_MAX_ACC                   64
#define PJSUA_MAX_BUDDIES               1
#define PJSIP_MAX_PKT_LEN               16384
#define PJSIP_UDP_SO_RCVBUF_SIZE        (1024 * 1024)
#define PJSIP_TCP_TRANSPORT_BACKLOG     64
#define PJSIP_TLS_TRANSPORT_BACKLOG     64

/* A connection that says nothing is closed (seconds). */
#define PJSIP_TRANSPORT_SERVER_IDLE_TIME_FIRST 20

/* Addresses. No name is ever looked up here, not even this machine's own. */
#define PJ_HAS_IPV6                     1
#define PJ_GETHOSTIP_DISABLE_LOCAL_RESOLUTION 1

/* SIP: what intercoms understand, and nothing answered behind our back. */
#define PJSIP_DONT_SWITCH_TO_TCP        1
#define PJSIP_DONT_SWITCH_TO_TLS        1
#define PJSUA_DISABLE_AUTO_SEND_100     1
#define PJSUA_DETECT_MERGED_REQUESTS    0
#define PJSUA_HAS_DLG_EVENT_PKG         0

/* A registrar may change its nonce once per attempt; then the password is wrong. */
#define PJSIP_MAX_STALE_COUNT           2

/* Secure media. External libsrtp names its AES-GCM policies without a suffix. */
#define PJMEDIA_SRTP_HAS_DTLS           1
#define PJMEDIA_SRTP_DTLS_CHECK_HELLO_ADDR 1
#define PJMEDIA_SRTP_HAS_AES_GCM_256    1
#define PJMEDIA_SRTP_HAS_AES_GCM_128    1
#define srtp_aes_gcm_256_openssl        srtp_aes_gcm_256
#define srtp_aes_gcm_128_openssl        srtp_aes_gcm_128

/* The application reads and mends whole descriptions, also those with many keys. */
#define PJSUA2_MAX_SDP_BUF_LEN          8192

/* Media from elsewhere than negotiated: one source, found within this time (ms). */
#define PJMEDIA_TRANSPORT_LATCH_MSEC    1000

/* The number that nearly every other phone uses for its tones. */
#define PJMEDIA_RTP_PT_TELEPHONE_EVENTS 101

/* Python runs on PJSIP's threads: musl's 128 KiB are too few. */
#undef PJ_THREAD_SET_STACK_SIZE
#define PJ_THREAD_SET_STACK_SIZE        1
#define PJ_THREAD_DEFAULT_STACK_SIZE    (1024 * 1024)

/* Log: a whole SIP message fits one line. */
#define PJ_LOG_MAX_LEVEL                5
#define PJ_LOG_MAX_SIZE                 17000
