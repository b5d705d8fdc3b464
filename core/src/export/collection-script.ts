/** What stands above the data of the script: help, and parameters. `@PACKS@` and `@ROOM@` are filled in. */
export const COLLECTION_SCRIPT_HEAD: string = String.raw`
#requires -Version 3.0
<#
.SYNOPSIS
  Copies the evidence that Afterpatch needs from this server to another disk.
.DESCRIPTION
  Made from @PACKS@.

  Reads only: it opens files for reading, lets others go on writing them, and changes, moves or deletes nothing on the
  server. Everything it writes goes into one new folder below -Destination:

    C\...                    the files, with their paths, and with their times
    afterpatch-listing-NN.csv  for each place: path, size, times, owner and SHA-256 of every file; assess reads it
    afterpatch-log.txt         what was done, what was absent, and what failed

  A file or folder that could not be read is written down, so that nobody takes its silence for an answer. Links to other
  folders are written down and not followed. Files are read as they are at that moment, without a shadow copy: the last
  rows of a log that is being written may be missing.

  Make room for about @ROOM@; most servers hold far less. Run it as an administrator.
.PARAMETER Destination
  An existing folder on another disk or on a share. The drive of Windows is refused: what is written there overwrites
  deleted files.
.PARAMETER Root
  Where a root lies if the server does not say so itself, such as @{ ExchangeInstallPath = 'E:\Exchange' }.
.PARAMETER ListOnly
  Writes the listings with hashes and copies nothing.
.PARAMETER AllowSystemDrive
  Writes to the drive of Windows nevertheless.
.EXAMPLE
  powershell -ExecutionPolicy Bypass -File collect.ps1 -Destination F:\evidence
#>
[CmdletBinding()]
param(
  [Parameter(Mandatory = $true)] [string] $Destination,
  [hashtable] $Root = @{},
  [switch] $ListOnly,
  [switch] $AllowSystemDrive
)
`;

/**
 * The script below its data. It writes in the words of `file-manifest`; a row with an empty path is a gap to that
 * format, so one unreadable folder keeps its tree from being called complete.
 */
export const COLLECTION_SCRIPT: string = String.raw`
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$Invariant = [System.Globalization.CultureInfo]::InvariantCulture
$Utf8 = New-Object System.Text.UTF8Encoding($true)
$Block = New-Object byte[] 1048576
$HashAtMost = 67108864
$Columns = 'Path', 'Size', 'SHA256', 'CreationTimeUtc', 'LastWriteTimeUtc', 'LastAccessTimeUtc', 'Attributes', 'Owner', 'ComputerName', 'Problem'

function Get-Stamp([DateTime] $Time) { $Time.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.ffffffZ', $Invariant) }

# Windows opens paths of 260 characters and more only in this spelling.
function Get-LongPath([string] $Path) {
  if ($Path.Length -lt 240 -or $Path.StartsWith('\\?\')) { return $Path }
  if ($Path.StartsWith('\\')) { return '\\?\UNC\' + $Path.Substring(2) }
  return '\\?\' + $Path
}

function Get-PlainPath([string] $Path) {
  if ($Path.StartsWith('\\?\UNC\')) { return '\\' + $Path.Substring(8) }
  if ($Path.StartsWith('\\?\')) { return $Path.Substring(4) }
  return $Path
}

function Get-CsvRow([object[]] $Values) {
  ($Values | ForEach-Object { '"' + ([string] $_).Replace('"', '""').Replace([string] [char] 13, ' ').Replace([string] [char] 10, ' ') + '"' }) -join ','
}

function Write-Log([string] $Text) {
  $line = (Get-Stamp ([DateTime]::UtcNow)) + ' ' + $Text
  $script:Log.WriteLine($line)
  $script:Log.Flush()
  Write-Host $line
}

function Get-Problem($Failure) {
  $inner = $Failure.Exception
  while ($null -ne $inner.InnerException) { $inner = $inner.InnerException }
  return $inner.GetType().Name + ': ' + $inner.Message
}

# All folders of a root that are there: what the caller says, else what the server says, and what is usual.
function Get-RootFolder($Spec) {
  $candidates = New-Object System.Collections.ArrayList
  if ($script:Root.ContainsKey($Spec.Name)) { foreach ($folder in @($script:Root[$Spec.Name])) { [void] $candidates.Add([string] $folder) } }
  else {
    $variable = [Environment]::GetEnvironmentVariable($Spec.Name)
    if ($variable) { [void] $candidates.Add($variable) }
    foreach ($lookup in $Spec.Lookups) {
      try {
        if ($lookup.ContainsKey('Registry')) {
          [void] $candidates.Add([string] (Get-ItemProperty -LiteralPath $lookup.Registry -Name $lookup.Value).($lookup.Value))
        } else {
          $xml = New-Object System.Xml.XmlDocument
          $xml.XmlResolver = $null
          $xml.Load([Environment]::ExpandEnvironmentVariables($lookup.Xml))
          foreach ($node in $xml.SelectNodes('//' + $lookup.Element + '/@' + $lookup.Attribute)) { [void] $candidates.Add($node.Value) }
        }
      } catch { Write-Log ('root %' + $Spec.Name + '%: the server does not say where it lies: ' + (Get-Problem $_)) }
    }
    foreach ($folder in $Spec.Usual) { [void] $candidates.Add($folder) }
  }
  $seen = @{}
  foreach ($candidate in $candidates) {
    $folder = [Environment]::ExpandEnvironmentVariables($candidate).Replace('/', '\').TrimEnd('\')
    if ($folder -notmatch '^[A-Za-z]:') { continue }
    foreach ($found in @(Get-Folder $folder)) {
      if (-not $seen.ContainsKey($found.ToLowerInvariant())) { $seen[$found.ToLowerInvariant()] = $true; $found }
    }
  }
}

# The folders that a path with stars in it stands for, as far as they are there.
function Get-Folder([string] $Path) {
  $parts = $Path.Split('\')
  $folders = @($parts[0])
  for ($at = 1; $at -lt $parts.Length; $at++) {
    $next = @()
    foreach ($folder in $folders) {
      if (-not $parts[$at].Contains('*')) {
        $whole = $folder + '\' + $parts[$at]
        if ([System.IO.Directory]::Exists((Get-LongPath $whole))) { $next += $whole }
      } else {
        try {
          foreach ($found in [System.IO.Directory]::GetDirectories((Get-LongPath ($folder + '\')))) {
            $plain = Get-PlainPath $found
            if ($plain.Substring($plain.LastIndexOf('\') + 1) -like $parts[$at]) { $next += $plain }
          }
        } catch { Write-Log ('not listed: ' + $folder + ': ' + (Get-Problem $_)) }
      }
    }
    $folders = $next
  }
  return $folders
}

# Reads a file to its end, once: what is hashed is what is copied.
function Copy-Hashed([string] $From, [string] $To) {
  $sha = New-Object System.Security.Cryptography.SHA256CryptoServiceProvider
  $reader = $null
  $writer = $null
  try {
    $share = [System.IO.FileShare]::ReadWrite -bor [System.IO.FileShare]::Delete
    $reader = New-Object System.IO.FileStream((Get-LongPath $From), [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $share)
    if ($To) { $writer = New-Object System.IO.FileStream($To, [System.IO.FileMode]::Create, [System.IO.FileAccess]::Write) }
    $size = [long] 0
    while (($got = $reader.Read($Block, 0, $Block.Length)) -gt 0) {
      [void] $sha.TransformBlock($Block, 0, $got, $null, 0)
      if ($writer) { $writer.Write($Block, 0, $got) }
      $size += $got
    }
    [void] $sha.TransformFinalBlock($Block, 0, 0)
    return @{ Size = $size; SHA256 = [BitConverter]::ToString($sha.Hash).Replace('-', '').ToLowerInvariant() }
  } finally {
    if ($writer) { $writer.Dispose() }
    if ($reader) { $reader.Dispose() }
    $sha.Dispose()
  }
}

# A gap to whoever reads the listing: something was there and was not seen.
function Write-Gap([string] $What, [string] $Path, [string] $Problem) {
  $script:Csv.WriteLine((Get-CsvRow (@('', '', '', '', '', '', '', '', $env:COMPUTERNAME, $What + ' ' + $Path + ': ' + $Problem))))
  $script:Failed++
  Write-Log ($What + ': ' + $Path + ': ' + $Problem)
}

function Save-File($Place, [string] $Path) {
  $created = ''; $written = ''; $accessed = ''; $attributes = ''; $size = ''; $owner = ''; $hash = ''; $problem = ''
  try {
    $file = New-Object System.IO.FileInfo((Get-LongPath $Path))
    $created = Get-Stamp $file.CreationTimeUtc
    $written = Get-Stamp $file.LastWriteTimeUtc
    $accessed = Get-Stamp $file.LastAccessTimeUtc
    $attributes = [string] $file.Attributes
    $size = [string] $file.Length
    try { $owner = (Get-Acl -LiteralPath $Path).Owner } catch { $owner = '' }
    if ($Place.Copy -and -not $ListOnly) {
      $key = $Path.ToLowerInvariant()
      if ($script:Done.ContainsKey($key)) { $hash = $script:Done[$key]; $problem = 'copied before' }
      else {
        $result = Copy-Hashed $Path $script:Unfinished
        $target = Get-LongPath (Join-Path $script:Out ($Path.Substring(0, 1) + $Path.Substring(2)))
        [void] [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($target))
        [System.IO.File]::Move($script:Unfinished, $target)
        try {
          [System.IO.File]::SetCreationTimeUtc($target, $file.CreationTimeUtc)
          [System.IO.File]::SetLastWriteTimeUtc($target, $file.LastWriteTimeUtc)
        } catch { $problem = 'the copy has its own times' }
        $size = [string] $result.Size
        $hash = $result.SHA256
        $script:Done[$key] = $hash
        $script:Bytes += $result.Size
      }
    } elseif ($Place.Copy -or $file.Length -le $HashAtMost) { $hash = (Copy-Hashed $Path '').SHA256 }
    else { $problem = 'too large to be hashed for a listing' }
  } catch { $problem = Get-Problem $_; $hash = '' }
  $script:Csv.WriteLine((Get-CsvRow (@($Path, $size, $hash, $created, $written, $accessed, $attributes, $owner, $env:COMPUTERNAME, $problem))))
  $script:Files++
  if ($problem -and -not $hash -and $Place.Copy) { Write-Gap 'not read' $Path $problem }
}

function Save-Folder($Place, [string] $Top) {
  $open = New-Object System.Collections.Stack
  $open.Push($Top)
  while ($open.Count -gt 0) {
    $folder = $open.Pop()
    if ($folder -eq $script:Out) { continue }
    try {
      $files = [System.IO.Directory]::GetFiles((Get-LongPath ($folder + '\')))
      $folders = @()
      if ($Place.Recursive) { $folders = [System.IO.Directory]::GetDirectories((Get-LongPath ($folder + '\'))) }
    } catch { Write-Gap 'folder not listed' $folder (Get-Problem $_); continue }
    foreach ($file in $files) {
      $plain = Get-PlainPath $file
      if ($plain.Substring($plain.LastIndexOf('\') + 1) -like $Place.Mask) { Save-File $Place $plain }
    }
    foreach ($below in $folders) {
      $plain = Get-PlainPath $below
      try { $link = ([System.IO.File]::GetAttributes($below) -band [System.IO.FileAttributes]::ReparsePoint) -ne 0 }
      catch { Write-Gap 'folder not listed' $plain (Get-Problem $_); continue }
      if ($link) { Write-Gap 'link not followed' $plain 'it leads to another folder' } else { $open.Push($plain) }
    }
  }
}

function Save-Place($Place) {
  $folders = @()
  foreach ($top in $script:Found[$Place.Root]) {
    if ($Place.Below) { $folders += @(Get-Folder ($top + '\' + $Place.Below)) }
    elseif ($top.Length -le 2) { Write-Log ('refused: ' + $top + ': a whole drive') }
    else { $folders += $top }
  }
  # Of folders inside each other, the outer one brings both.
  $all = @($folders | Where-Object { $_ })
  $folders = @($all | Where-Object {
    $inner = $_.ToLowerInvariant()
    -not ($Place.Recursive -and @($all | Where-Object { $inner.StartsWith($_.ToLowerInvariant() + '\') }).Count -gt 0)
  })
  if ($folders.Count -eq 0) {
    Write-Log ('absent: ' + $Place.Title + ' (%' + $Place.Root + '%\' + $Place.Below + ')')
    return
  }
  $listing = Join-Path $script:Out ('afterpatch-listing-{0:d2}.csv' -f $Place.Number)
  $script:Csv = New-Object System.IO.StreamWriter($listing, $false, $Utf8)
  $script:Files = 0; $script:Failed = 0; $script:Bytes = [long] 0
  try {
    $script:Csv.WriteLine((Get-CsvRow $Columns))
    foreach ($folder in $folders) { Write-Log ('reading: ' + $Place.Title + ': ' + $folder); Save-Folder $Place $folder }
  } finally { $script:Csv.Dispose() }
  Write-Log ('done: ' + $Place.Title + ': ' + $script:Files + ' files, ' + $script:Bytes + ' bytes copied, ' + $script:Failed + ' could not be read')
  $script:FailedInAll += $script:Failed
}

if ([Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess) {
  throw 'expected a 64-bit PowerShell: Windows shows another System32 and another registry to a 32-bit one'
}
$target = (Resolve-Path -LiteralPath $Destination).ProviderPath.TrimEnd('\')
if (-not $AllowSystemDrive -and $target -like ($env:SystemDrive + '*')) {
  throw ('-Destination lies on the drive of Windows, which is evidence itself: ' + $target + ' (-AllowSystemDrive writes there nevertheless)')
}
$Out = $target + '\' + $env:COMPUTERNAME + '-' + [DateTime]::UtcNow.ToString('yyyyMMddTHHmmssZ', $Invariant)
if ([System.IO.Directory]::Exists($Out)) { throw ('expected a new folder, it is there already: ' + $Out) }
[void] [System.IO.Directory]::CreateDirectory($Out)
$Unfinished = Join-Path $Out 'afterpatch-unfinished.part'
$Log = New-Object System.IO.StreamWriter((Join-Path $Out 'afterpatch-log.txt'), $false, $Utf8)
$Done = @{}; $Found = @{}; $FailedInAll = 0; $Csv = $null; $Files = 0; $Failed = 0; $Bytes = [long] 0
try {
  Write-Log ('made from ' + $MadeFrom)
  Write-Log ('server ' + $env:COMPUTERNAME + ', ' + [Environment]::OSVersion.VersionString + ', run by ' + [Environment]::UserDomainName + '\' + [Environment]::UserName)
  $me = New-Object System.Security.Principal.WindowsPrincipal([System.Security.Principal.WindowsIdentity]::GetCurrent())
  if (-not $me.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)) { Write-Log 'not run as an administrator: expect that much cannot be read' }
  foreach ($spec in $Roots) {
    $Found[$spec.Name] = @(Get-RootFolder $spec)
    Write-Log ('root %' + $spec.Name + '%: ' + ($Found[$spec.Name] -join ', '))
  }
  foreach ($place in $Places) { Save-Place $place }
  # Half of a file that failed is no evidence.
  if ([System.IO.File]::Exists($Unfinished)) { (New-Object System.IO.FileStream($Unfinished, [System.IO.FileMode]::Create)).Dispose() }
  Write-Log ('finished; ' + $FailedInAll + ' files or folders could not be read; keep the folder ' + $Out + ' as it is')
} finally { $Log.Dispose() }
`;
