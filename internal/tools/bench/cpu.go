package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// tick is the unit of /proc/*/stat, one hundredth of a second on Linux.
const tick = 0.01

// cpuOf sums the seconds of processor that the processes have used. A process
// that is gone counts as nothing.
func cpuOf(pids ...int) float64 {
	sum := 0
	for _, pid := range pids {
		if f := stat(pid); len(f) > 12 {
			user, _ := strconv.Atoi(f[11])
			system, _ := strconv.Atoi(f[12])
			sum += user + system
		}
	}
	return float64(sum) * tick
}

// stat gives the fields of /proc/PID/stat after the name of the program, which
// may hold blanks: state, parent, …, user and system time as the 12th and 13th.
func stat(pid int) []string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return strings.Fields(rest)
}

// family gives a process and its children.
func family(parent int) []int {
	out := []int{parent}
	list, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range list {
		pid, err := strconv.Atoi(filepath.Base(p))
		if err != nil {
			continue
		}
		if f := stat(pid); len(f) > 1 && f[1] == strconv.Itoa(parent) {
			out = append(out, pid)
		}
	}
	return out
}

// serverCPU is what all of PostgreSQL has used, sessions that have ended included.
func (b *bench) serverCPU() float64 {
	pid := b.postmaster()
	sum := cpuOf(family(pid)...)
	if f := stat(pid); len(f) > 14 {
		user, _ := strconv.Atoi(f[13])
		system, _ := strconv.Atoi(f[14])
		sum += float64(user+system) * tick
	}
	return sum
}

// postmaster is the process id of the server, from the file that it keeps.
func (b *bench) postmaster() int {
	text, err := os.ReadFile(filepath.Join(b.pg.DataDir, "cluster", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}
