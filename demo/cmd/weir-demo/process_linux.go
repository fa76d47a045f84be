package main

import "syscall"

// childAttributes gives the child its own group and lets it die with the driver.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
