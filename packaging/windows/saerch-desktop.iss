; The Windows installer (Inno Setup 6.3 or newer; 7 as well). packaging\windows\build.ps1 calls it:
;
;   ISCC.exe /DVersion=0.1.0 /DProgram=C:\...\build\dist\saerch-desktop /DStage=C:\...\build\stage
;            /DOut=C:\...\build\out [/DSigned] packaging\windows\saerch-desktop.iss
;
; With /DSigned the sign tool called "saerch" signs the installer and its uninstaller; build.ps1 defines it.

#ifndef Version
  #error Give /DVersion=...
#endif
#ifndef Program
  #error Give /DProgram=..., PyInstaller's folder
#endif

[Setup]
; Never change: it is how a newer version finds the older one.
AppId={{6B1C3F0E-6D0B-4C52-9A55-3E0D8C1E7A41}
AppName=SAErch Desktop
AppVersion={#Version}
AppVerName=SAErch Desktop {#Version}
AppPublisher=The SAErch Desktop authors
VersionInfoVersion={#Version}
DefaultDirName={autopf}\SAErch Desktop
DefaultGroupName=SAErch Desktop
DisableProgramGroupPage=yes
; For the user alone unless they ask for everybody: needs no administrator.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=commandline dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; Qt 6 runs on Windows 10 1809 and newer.
MinVersion=10.0.17763
LicenseFile={#SourcePath}\..\..\LICENSE
SetupIconFile={#Stage}\icons\saerch-desktop.ico
UninstallDisplayIcon={app}\SAErch Desktop.exe
UninstallDisplayName=SAErch Desktop
WizardStyle=modern
Compression=lzma2/max
SolidCompression=yes
LZMANumBlockThreads=4
OutputDir={#Out}
OutputBaseFilename=saerch-desktop-{#Version}-windows-x64
; A program that is open would keep its files: it is asked to close, and never killed.
CloseApplications=yes
RestartApplications=no
ChangesEnvironment=yes
#ifdef Signed
SignTool=saerch
SignedUninstaller=yes
#endif

[Languages]
Name: "english"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; GroupDescription: "{cm:AdditionalIcons}"; Flags: unchecked
Name: "path"; Description: "Let the command line find saerch-desktop"; Flags: unchecked

[InstallDelete]
; What an older version had and a newer one has no longer. Libraries and settings never lie here.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Program}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\SAErch Desktop"; Filename: "{app}\SAErch Desktop.exe"
Name: "{autodesktop}\SAErch Desktop"; Filename: "{app}\SAErch Desktop.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "{code:EnvironmentKey}"; ValueType: expandsz; ValueName: "Path"; \
    ValueData: "{olddata};{app}"; Tasks: path; Check: IsNotOnPath

[Run]
Filename: "{app}\SAErch Desktop.exe"; Description: "{cm:LaunchProgram,SAErch Desktop}"; \
    Flags: nowait postinstall skipifsilent

[Code]
function EnvironmentKey(Unused: String): String;
begin
  if IsAdminInstallMode then
    Result := 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
  else
    Result := 'Environment';
end;

function IsNotOnPath: Boolean;
var
  Path: String;
begin
  if not RegQueryStringValue(HKA, EnvironmentKey(''), 'Path', Path) then
    Path := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Path) + ';') = 0;
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
var
  Path, Ours: String;
  At: Integer;
begin
  if Step <> usPostUninstall then
    Exit;
  if not RegQueryStringValue(HKA, EnvironmentKey(''), 'Path', Path) then
    Exit;
  Ours := ';' + ExpandConstant('{app}');
  At := Pos(Uppercase(Ours) + ';', Uppercase(Path) + ';');
  if At > 0 then
  begin
    Delete(Path, At, Length(Ours));
    RegWriteExpandStringValue(HKA, EnvironmentKey(''), 'Path', Path);
  end;
end;
