# Asks the kernel for new rights, namespaces, mounts and the memory of others.
import ctypes
import os

system = ctypes.CDLL(None, use_errno=True)


def attack(*arguments):
    ask = system.syscall
    gained = [
        system.setuid(0),
        system.unshare(0x10000000 | 0x00020000),
        system.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None),
        system.chroot(b"/tmp"),
        system.ptrace(16, 1, 0, 0),
        system.prctl(4, 1, 0, 0, 0),
        *(ask(number, 0, 0, 0, 0, 0) for number in (56, 57, 58, 101, 165, 250, 272, 298, 321, 435)),
    ]
    for device in ("/dev/sda", "/dev/vda", "/dev/kmsg", "/proc/sysrq-trigger", "/sys/power/state"):
        try:
            with open(device, "r+b") as file:
                gained.append(file.read(100))
        except OSError:
            pass
    os.setgroups([0])
    return gained
