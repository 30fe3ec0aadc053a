// The workload of os/signal's TestStress, with a channel of the same size as the Java peer's.
// Arguments: the number of workers, milliseconds.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

const capacity = 1024

func cpuSeconds() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func main() {
	workers, _ := strconv.Atoi(os.Args[1])
	millis, _ := strconv.Atoi(os.Args[2])
	var sent, delivered uint64
	channel := make(chan os.Signal, capacity)
	signal.Notify(channel, syscall.SIGUSR1)
	go func() {
		for range channel {
			atomic.AddUint64(&delivered, 1)
		}
	}()
	pid := syscall.Getpid()
	start, cpu := time.Now(), cpuSeconds()
	for i := 0; i < workers; i++ {
		go func() {
			for {
				syscall.Kill(pid, syscall.SIGUSR1)
				atomic.AddUint64(&sent, 1)
				runtime.Gosched()
			}
		}()
	}
	time.Sleep(time.Duration(millis) * time.Millisecond)
	received := atomic.LoadUint64(&delivered)
	fmt.Printf("seconds %.6f\nsent %d\ndelivered %d\nevents %d\ncpu_s %.6f\n",
		time.Since(start).Seconds(), atomic.LoadUint64(&sent), received, received, cpuSeconds()-cpu)
	os.Exit(0)
}
