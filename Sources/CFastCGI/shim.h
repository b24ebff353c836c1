/* libfcgi's application interface. NO_FCGI_DEFINES keeps it from redefining stdio. */
#define NO_FCGI_DEFINES 1
#include <fcgiapp.h>
