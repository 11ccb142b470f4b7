<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Composer</name>
    <message numerus="yes">
        <source>%n tokens</source>
        <translation>
            <numerusform>%n token</numerusform>
            <numerusform>%n tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ConversationView</name>
    <message numerus="yes">
        <source>the oldest %n messages were left out</source>
        <translation>
            <numerusform>the oldest message was left out</numerusform>
            <numerusform>the oldest %n messages were left out</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FindBar</name>
    <message numerus="yes">
        <source>%n found</source>
        <translation>
            <numerusform>%n found</numerusform>
            <numerusform>%n found</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TryCard</name>
    <message numerus="yes">
        <source>%n found: {rules}</source>
        <translation>
            <numerusform>%n found: {rules}</numerusform>
            <numerusform>%n found: {rules}</numerusform>
        </translation>
    </message>
</context>
</TS>
