/* Answers a constant over FastCGI and does nothing else: what nginx, TLS and libfcgi alone can do on this machine, for
 * Tests/load/benchmark to compare pspd with. Reads each body whole, as pspd must.
 *
 * usage: constant SOCKET PROCESSES THREADS */
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char answer[] = "Status: 200 OK\r\nContent-Type: application/json\r\n\r\n"
                             "{\"pluginTransactionId\":\"0123456789abcdef0123456789abcdef\"}";

static void *serve(void *listening) {
    FCGX_Request request;
    char body[65536];
    if (FCGX_InitRequest(&request, *(int *)listening, 0) != 0) exit(1);
    while (FCGX_Accept_r(&request) == 0) {
        while (FCGX_GetStr(body, sizeof body, request.in) == sizeof body) {
        }
        FCGX_PutStr(answer, sizeof answer - 1, request.out);
        FCGX_Finish_r(&request);
    }
    return NULL;
}

int main(int count, char **arguments) {
    enum { threads_max = 256, backlog = 1024 };
    pthread_t threads[threads_max];
    if (count != 4) return 2;
    int processes = atoi(arguments[2]), per_process = atoi(arguments[3]);
    if (processes < 1 || per_process < 1 || per_process > threads_max || FCGX_Init() != 0) return 2;
    int listening = FCGX_OpenSocket(arguments[1], backlog);
    if (listening < 0 || chmod(arguments[1], 0666) != 0) return 1;
    for (int process = 1; process < processes; process++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            break;
        }
    for (int thread = 0; thread < per_process; thread++)
        if (pthread_create(&threads[thread], NULL, serve, &listening) != 0) return 1;
    for (int thread = 0; thread < per_process; thread++) pthread_join(threads[thread], NULL);
    return 0;
}
