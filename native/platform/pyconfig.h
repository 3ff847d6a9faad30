/* What Python's headers ask of a 64-bit Linux; none of it depends on the machine. */

#define SIZEOF_INT              4
#define SIZEOF_LONG             8
#define SIZEOF_LONG_LONG        8
#define SIZEOF_SIZE_T           8
#define SIZEOF_VOID_P           8
#define SIZEOF_WCHAR_T          4
#define ALIGNOF_MAX_ALIGN_T     16

#define HAVE_LONG_LONG          1
#define HAVE_SSIZE_T            1
#define HAVE_SYS_TYPES_H        1
