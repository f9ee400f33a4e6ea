/* FIFOs that connect processes without a common parent. */
#ifndef FIFO_H
#define FIFO_H

/*
 * Creates a FIFO with mode 0600 unless it exists. Returns NULL, or the reason: `path` is not a
 * FIFO, or cannot be created.
 */
const char *fifo_create(const char *path);

/*
 * Opens a FIFO for non-blocking writing, and enlarges it if possible. Returns -1 if it has no
 * reader, or is not a FIFO.
 */
int fifo_write(const char *path);

/*
 * Opens a FIFO for non-blocking reading. There is no end of file, since the process itself could
 * write: the FIFO waits for the next writer. Returns -1 and errno if it cannot be opened.
 */
int fifo_read(const char *path);

#endif
