<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Arrivals</name>
    <message numerus="yes">
        <source>%n conversations added</source>
        <translation>
            <numerusform>%n conversation added</numerusform>
            <numerusform>%n conversations added</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
</context>
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
    <name>EventsCard</name>
    <message numerus="yes">
        <source>%n replies touched this week</source>
        <translation>
            <numerusform>%n reply touched this week</numerusform>
            <numerusform>%n replies touched this week</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Feeding</name>
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
    <name>InstalledTab</name>
    <message numerus="yes">
        <source>%n models, {size}.</source>
        <translation>
            <numerusform>%n model, {size}.</numerusform>
            <numerusform>%n models, {size}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message numerus="yes">
        <source>%n results are listed</source>
        <translation>
            <numerusform>%n result is listed</numerusform>
            <numerusform>%n results are listed</numerusform>
        </translation>
    </message>
</context>
</TS>
