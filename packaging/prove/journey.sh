#!/bin/sh
# A person's journey with an installed program, from outside: real keys on a virtual screen, no network.
# Usage: journey.sh PROGRAM. Says what it checks; ends with 1 at the first thing that is not so.
set -eu
program=$1
question="What is a token?"
pictures=$HOME/pictures
mkdir -p "$pictures"

fail() { echo "journey: FAILED: $*" >&2; exit 1; }
ok() { echo "journey: ok: $*"; }
logs() { "$program" doctor | sed -n 's/^ok   log: //p'; }
waits() { # SECONDS WHAT COMMAND...: until the command succeeds
    seconds=$1 what=$2 tries=0
    shift 2
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt $((seconds * 5)) ] || fail "$what: not after $seconds s"
        sleep 0.2
    done
    ok "$what"
}
picture() { xwd -root -silent | xwdtopnm 2>/dev/null | pnmtopng >"$pictures/$1.png" 2>/dev/null; }
pixels() { xwd -root -silent | xwdtopnm 2>/dev/null; }
differs() { # FILE: the screen is another page than that picture, not only another blink of the cursor
    pixels >"$pictures/now"
    [ "$(cmp -l "$1" "$pictures/now" | wc -l)" -gt 30000 ]
}
window() { xdotool search --onlyvisible --name "$1"; }
focus() { xdotool windowfocus --sync "$(window "$1" | tail -1)"; }
ready_times() { [ "$(grep -c 'ready: guide' "$log")" -ge "$1" ]; }
answered() { "$program" chats show --json "$1" | grep -q '"new_tokens"'; }

# Nothing but the loopback exists, and that is down.
[ "$(grep -c : /proc/net/dev)" -le 1 ] || fail "there is a network"
ok "no network"
[ "$(id -u)" -ne 0 ] || fail "this is root"
"$program" --version
log=$(logs)

# -noreset: without it the screen starts anew whenever its last client leaves, and refuses meanwhile.
Xvfb :7 -screen 0 1280x860x24 -noreset -nolisten tcp >/dev/null 2>&1 &
export DISPLAY=:7
waits 20 "a screen" xdotool getdisplaygeometry
"$program" settings set privacy.title_in_window true >/dev/null

"$program" &
app=$!
waits 60 "the window" window "Desktop LLM"
waits 90 "the model is ready" ready_times 1
focus "Desktop LLM"
picture 1-welcome
pixels >"$pictures/welcome"
for step in 1 2 3; do # the first start's steps, each left by its focused button
    xdotool key space
    sleep 1
done
waits 20 "the first start's page was left by keyboard" differs "$pictures/welcome"
xdotool type --delay 30 "$question"
xdotool key Return
frames=$pictures/frames
: >"$frames"
seen=0
while [ $seen -lt 40 ]; do
    xwd -root -silent | md5sum >>"$frames"
    sleep 0.05
    seen=$((seen + 1))
done
[ "$(sort -u "$frames" | wc -l)" -ge 4 ] || fail "the answer did not come little by little"
ok "the answer came in $(sort -u "$frames" | wc -l) pictures"
chat=$("$program" chats list | cut -d' ' -f1)
waits 60 "the answer is complete and stored" answered "$chat"
"$program" chats show "$chat" | grep -qi "token.*model\|model.*token\|piece" || fail "no sensible answer"
picture 2-answer

pixels >"$pictures/chat"
xdotool key ctrl+comma
waits 20 "the settings are in front" differs "$pictures/chat"
sleep 1
picture 3-settings
pixels >"$pictures/settings"
xdotool key Escape
waits 20 "and away again" differs "$pictures/settings"
xdotool key ctrl+equal
waits 10 "a setting changed in the window" sh -c "'$program' settings show | grep -q 'appearance.zoom.*110'"
focus "Desktop LLM"
xdotool key ctrl+q
wait $app || fail "the window ended with $?"
ok "it closed with 0"

"$program" &
app=$!
waits 60 "the history is there after a restart" window "$question"
waits 90 "the model is ready again" ready_times 2
sleep 1
picture 4-restart
"$program" chats show --json "$chat" >"$HOME/export.llmchat"
"$program" "$HOME/export.llmchat"
waits 20 "an export was opened and added" sh -c "[ \$('$program' chats list | wc -l) -eq 2 ]"
"$program" --quick-ask
waits 20 "the quick question's window" window "Quick ask"
picture 5-quick-ask
"$program" --quit
wait $app || fail "the window ended with $?"
ok "--quit closed it with 0"

"$program" ask "What is a large language model?" --temperature 0 | grep -qi "language model" || fail "ask"
ok "ask answers"
"$program" models list | grep -q guide || fail "models list"
"$program" doctor | tail -1 | grep -q "All is well" || fail "doctor: $("$program" doctor)"
"$program" licences | grep -q "^torch " || fail "licences"
"$program" chats search token | grep -q . || fail "chats search"
ok "models, doctor, licences, chats search"
guide=$("$program" doctor | sed -n 's/^ok   model guide: //p')
cp -r "$guide" "$HOME/found"
"$program" models inspect "$HOME/found" | grep -q "safe to load" || fail "models inspect"
"$program" ask "What is a token?" --model "$HOME/found" | grep -q . || fail "a model from a folder"
echo '{"x' >"$HOME/found/tokenizer.json"
! "$program" ask "What is a token?" --model "$HOME/found" 2>"$HOME/told" || fail "a damaged model was loaded"
grep -q "not valid JSON" "$HOME/told" || fail "the damage was not told: $(cat "$HOME/told")"
ok "the inspector lets a sound model pass and stops a damaged one"
rm -rf "$HOME/found"
grep -h "first paint\|ready: guide" "$log"
! grep -q "A bug" "$log" || fail "the log tells of a bug"
