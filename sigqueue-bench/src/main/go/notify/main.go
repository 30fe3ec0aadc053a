// The peer "go": os/signal.Notify and one goroutine that receives. Arguments: the page, the signal.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// The offsets of page.h.
const (
	pageBytes = 4096
	ready     = 0
	count     = 64
	events    = 128
)

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	file, err := os.OpenFile(os.Args[1], os.O_RDWR, 0)
	if err != nil {
		fail(err)
	}
	page, err := syscall.Mmap(int(file.Fd()), 0, pageBytes,
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		fail(err)
	}
	number, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fail(err)
	}
	channel := make(chan os.Signal, 1)
	signal.Notify(channel, syscall.Signal(number))
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&page[ready])), 1)
	for range channel {
		atomic.AddUint64((*uint64)(unsafe.Pointer(&page[events])), 1)
		atomic.AddUint64((*uint64)(unsafe.Pointer(&page[count])), 1)
	}
}
