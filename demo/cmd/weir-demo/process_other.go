//go:build unix && !linux

package main

import "syscall"

// childAttributes gives the child its own group.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
