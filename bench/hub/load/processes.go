package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ticksPerSecond is the unit of CPU times in /proc/PID/stat: USER_HZ, 100 on Linux.
const ticksPerSecond = 100

// serverProcesses are the hub's processes, whose CPU time and memory are counted.
type serverProcesses struct {
	pids []int
}

func newServerProcesses(list string) (serverProcesses, error) {
	s := serverProcesses{}
	if list == "" {
		return s, fmt.Errorf("-pid is needed")
	}
	for _, text := range strings.Split(list, ",") {
		pid, err := strconv.Atoi(text)
		if err != nil {
			return s, fmt.Errorf("not a process id: %s", text)
		}
		if stat(pid) == nil {
			return s, fmt.Errorf("process %d does not exist", pid)
		}
		s.pids = append(s.pids, pid)
	}
	return s, nil
}

// stat is the fields of /proc/PID/stat from the state on, nil when the process is gone.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
}

// alive says whether all the processes given still exist.
func (s serverProcesses) alive() bool {
	for _, pid := range s.pids {
		fields := stat(pid)
		if len(fields) == 0 || fields[0] == "Z" {
			return false
		}
	}
	return true
}

// cpuSeconds is user and system time so far.
func (s serverProcesses) cpuSeconds() float64 {
	ticks := 0
	for _, pid := range s.pids {
		fields := stat(pid)
		for i := 11; i <= 12 && i < len(fields); i++ { // utime, stime
			value, _ := strconv.Atoi(fields[i])
			ticks += value
		}
	}
	return float64(ticks) / ticksPerSecond
}

// rssKB is the resident memory, summed over the processes (shared pages count in each).
func (s serverProcesses) rssKB() (total int) {
	pages := 0
	for _, pid := range s.pids {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			value, _ := strconv.Atoi(fields[1])
			pages += value
		}
	}
	return pages * os.Getpagesize() / 1024
}

// ownCPUSeconds is what this program has used itself.
func ownCPUSeconds() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}
