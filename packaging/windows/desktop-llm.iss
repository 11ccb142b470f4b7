; The Windows installer (Inno Setup 6): for one user, without administrator's rights.
; packaging/build.py runs it: iscc /DVersion=1.2.3 packaging\windows\desktop-llm.iss

#ifndef Version
  #error Give the version: /DVersion=1.2.3
#endif

[Setup]
AppId={{6D0D4E0B-7C1B-4E0E-9D4B-3F1C9C6D2A51}
AppName=Desktop LLM
AppVersion={#Version}
AppPublisher=The Desktop LLM maintainers
DefaultDirName={localappdata}\Programs\Desktop LLM
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
SourceDir=..\..
OutputDir=dist
OutputBaseFilename=desktop-llm-{#Version}-setup
SetupIconFile=build\freeze\app.ico
UninstallDisplayIcon={app}\desktop-llm.exe
LicenseFile=LICENSE
Compression=lzma2/normal
SolidCompression=yes
LZMANumBlockThreads=2
WizardStyle=modern
ChangesAssociations=yes
; The open window is asked to close by [Code] below, so that its history is closed cleanly.
CloseApplications=no

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "path"; Description: "Make the command desktop-llm-cli available in terminals"; Flags: unchecked

[Files]
Source: "dist\desktop-llm\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[InstallDelete]
; Files of an older version must not mix with those of this one.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{autoprograms}\Desktop LLM"; Filename: "{app}\desktop-llm.exe"
Name: "{autodesktop}\Desktop LLM"; Filename: "{app}\desktop-llm.exe"; Tasks: desktopicon

[Registry]
Root: HKCU; Subkey: "Software\Classes\.llmchat"; ValueType: string; ValueData: "DesktopLLM.Conversation"; Flags: uninsdeletevalue
Root: HKCU; Subkey: "Software\Classes\DesktopLLM.Conversation"; ValueType: string; ValueData: "Desktop LLM conversation"; Flags: uninsdeletekey
Root: HKCU; Subkey: "Software\Classes\DesktopLLM.Conversation\DefaultIcon"; ValueType: string; ValueData: "{app}\desktop-llm.exe,0"
Root: HKCU; Subkey: "Software\Classes\DesktopLLM.Conversation\shell\open\command"; ValueType: string; ValueData: """{app}\desktop-llm.exe"" open ""%1"""
Root: HKCU; Subkey: "Software\Classes\.gguf\OpenWithProgids"; ValueType: string; ValueName: "DesktopLLM.Model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKCU; Subkey: "Software\Classes\DesktopLLM.Model"; ValueType: string; ValueData: "GGUF language model"; Flags: uninsdeletekey
Root: HKCU; Subkey: "Software\Classes\DesktopLLM.Model\shell\open\command"; ValueType: string; ValueData: """{app}\desktop-llm.exe"" open ""%1"""
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: NotOnPath

[Run]
Filename: "{app}\desktop-llm.exe"; Description: "{cm:LaunchProgram,Desktop LLM}"; Flags: nowait postinstall skipifsilent

[UninstallRun]
Filename: "{app}\desktop-llm.exe"; Parameters: "--quit"; RunOnceId: "Quit"; Flags: runhidden

[Code]
function NotOnPath(): Boolean;
var
  Path: string;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Path) then Path := '';
  Result := Pos(';' + Lowercase(ExpandConstant('{app}')) + ';', ';' + Lowercase(Path) + ';') = 0;
end;

function PrepareToInstall(var NeedsRestart: Boolean): string;
var
  Code: Integer;
begin
  if FileExists(ExpandConstant('{app}\desktop-llm.exe')) then begin
    Exec(ExpandConstant('{app}\desktop-llm.exe'), '--quit', '', SW_HIDE, ewWaitUntilTerminated, Code);
    Sleep(3000);
  end;
  Result := '';
end;
