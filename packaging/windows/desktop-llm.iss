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
; Terminals that are opened from then on know the changed Path.
ChangesEnvironment=yes
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

[Code]
const
  StillOpen = 'Desktop LLM is still open. Close its window, and where an icon in the tray stays, choose Quit there. Then try again.';

function OnPath(Folders: string): Integer;
begin
  Result := Pos(';' + Lowercase(ExpandConstant('{app}')) + ';', ';' + Lowercase(Folders) + ';');
end;

function NotOnPath(): Boolean;
var
  Folders: string;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Folders) then Folders := '';
  Result := OnPath(Folders) = 0;
end;

procedure TakeOffPath();
var
  Folders: string;
  Place: Integer;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Folders) then exit;
  Place := OnPath(Folders);
  if Place = 0 then exit;
  { With a semicolon in front, the folder and its own semicolon begin at that very place. }
  Folders := ';' + Folders;
  Delete(Folders, Place, Length(ExpandConstant('{app}')) + 1);
  if (Folders <> '') and (Folders[1] = ';') then Delete(Folders, 1, 1);
  RegWriteExpandStringValue(HKCU, 'Environment', 'Path', Folders);
end;

{ Asks the open window to close. The program ends when that one has ended, and with another code than
  0 where it does not. What was installed may be broken, so a person may go on all the same. }
function IsClosed(): Boolean;
var
  Code: Integer;
begin
  Result := not FileExists(ExpandConstant('{app}\desktop-llm.exe'));
  if Result then exit;
  if Exec(ExpandConstant('{app}\desktop-llm.exe'), '--quit', '', SW_HIDE, ewWaitUntilTerminated, Code) then
    Result := Code = 0;
  if not Result then
    Result := SuppressibleMsgBox('Desktop LLM did not close by itself. Is it closed now?', mbConfirmation, MB_YESNO, IDNO) = IDYES;
end;

function PrepareToInstall(var NeedsRestart: Boolean): string;
begin
  Result := '';
  if not IsClosed() then Result := StillOpen;
end;

procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
begin
  if CurUninstallStep = usUninstall then begin
    if not IsClosed() then Abort;
    TakeOffPath();
  end;
end;
