// Package aio has the kernel sync files without a thread of this process (Linux AIO, IOCB_CMD_FDSYNC, since 4.18). The end of a sync is
// told through an eventfd, which an event loop can watch beside its connections.
//
// A goroutine in fdatasync costs several changes of thread: to wake it, to take its processor away from it while it waits in the
// kernel, and to find one for it when it returns. With some ten requests to an fsync that was as much as the requests themselves.
package aio
