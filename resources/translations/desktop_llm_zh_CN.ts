<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutCard</name>
    <message>
        <source>Check for updates…</source>
        <translation>检查更新…</translation>
    </message>
    <message>
        <source>Licences…</source>
        <translation>许可证…</translation>
    </message>
    <message>
        <source>The app never looks by itself, and this build names no page of versions.</source>
        <translation>应用从不自行检查更新，此构建也没有指明版本页面。</translation>
    </message>
    <message>
        <source>The app never looks by itself. This opens the page of versions in your browser.</source>
        <translation>应用从不自行检查更新。此按钮会在浏览器中打开版本页面。</translation>
    </message>
    <message>
        <source>Updates</source>
        <translation>更新</translation>
    </message>
    <message>
        <source>Version {version}, {build}. {parts}. Free software under the MIT licence.</source>
        <translation>版本 {version}，{build}。{parts}。采用 MIT 许可证的自由软件。</translation>
    </message>
</context>
<context>
    <name>Announcer</name>
    <message>
        <source>The model wrote: {words}</source>
        <translation>模型写道：{words}</translation>
    </message>
    <message>
        <source>Version {number} of {count}.</source>
        <translation>第 {number} 个版本，共 {count} 个。</translation>
    </message>
    <message>
        <source>You wrote: {words}</source>
        <translation>你写道：{words}</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>（空）</translation>
    </message>
</context>
<context>
    <name>Arrivals</name>
    <message numerus="yes">
        <source>%n conversations added</source>
        <translation>
            <numerusform>已添加 %n 个对话</numerusform>
        </translation>
    </message>
    <message>
        <source>Adding {name}</source>
        <translation>正在添加 {name}</translation>
    </message>
    <message>
        <source>Stopped; nothing was added</source>
        <translation>已停止，没有添加任何内容</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>还有 %n 条</numerusform>
        </translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Load in {precision} with a context of {tokens} tokens</source>
        <translation>以 {precision} 和 {tokens} 个词元的上下文加载</translation>
    </message>
    <message>
        <source>Load with a context of {tokens} tokens</source>
        <translation>以 {tokens} 个词元的上下文加载</translation>
    </message>
</context>
<context>
    <name>BenchCard</name>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Benchmark</source>
        <translation>基准测试</translation>
    </message>
    <message>
        <source>It reads 512 tokens and writes 128, three times over, in a process of its own. A message that you send meanwhile stops it.</source>
        <translation>在单独的进程中读取 512 个词元并写出 128 个，重复三次。期间发送消息会让它停止。</translation>
    </message>
    <message>
        <source>Pale bars are earlier results, grey ones of another precision.</source>
        <translation>浅色条是较早的结果，灰色条是其他精度的结果。</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>Speed on this computer</source>
        <translation>在这台电脑上的速度</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>The mouse on a bar, or Left and Right, tells theirs.</source>
        <translation>将鼠标移到条上，或按左右方向键，可查看其数值。</translation>
    </message>
    <message>
        <source>{precision}, {threads} threads, {prompt} tokens read and {new} written: {when}.</source>
        <translation>{precision}，{threads} 个线程，读取 {prompt} 个词元，写出 {new} 个：{when}。</translation>
    </message>
</context>
<context>
    <name>BenchChart</name>
    <message>
        <source>First token after</source>
        <translation>首个词元用时</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>加载</translation>
    </message>
    <message>
        <source>Measured speed</source>
        <translation>测得的速度</translation>
    </message>
    <message>
        <source>Memory at most</source>
        <translation>内存峰值</translation>
    </message>
    <message>
        <source>Of the memory&apos;s bandwidth</source>
        <translation>占内存带宽</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>读取</translation>
    </message>
    <message>
        <source>Writing</source>
        <translation>写出</translation>
    </message>
    <message>
        <source>s</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>tokens/s</source>
        <translation>词元/秒</translation>
    </message>
</context>
<context>
    <name>CardText</name>
    <message>
        <source>Model card</source>
        <translation>模型卡</translation>
    </message>
</context>
<context>
    <name>CatalogueTab</name>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Catalogue</source>
        <translation>模型目录</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>所有用途</translation>
    </message>
    <message>
        <source>Filter by name, language or use</source>
        <translation>按名称、语言或用途筛选</translation>
    </message>
    <message>
        <source>Fits here</source>
        <translation>适合本机</translation>
    </message>
    <message>
        <source>Nothing in the catalogue is like that.</source>
        <translation>目录中没有这样的模型。</translation>
    </message>
    <message>
        <source>What it is for</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Which</source>
        <translation>范围</translation>
    </message>
</context>
<context>
    <name>CategoriesCard</name>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>Allow shows it, Warn marks it, Mask hides it, Block ends the reply there. What a guard model finds is stopped by Mask as by Block.</source>
        <translation>“允许”照常显示，“提醒”作标记，“遮盖”隐藏，“拦截”在此结束回复。守卫模型发现的内容，“遮盖”和“拦截”一样会停止。</translation>
    </message>
    <message>
        <source>Checked before the model reads it. Mask hides it from the model; what a guard model finds is refused by Mask as by Block.</source>
        <translation>在模型读到之前检查。“遮盖”使模型看不到它；守卫模型发现的内容，“遮盖”和“拦截”一样会拒绝。</translation>
    </message>
    <message>
        <source>In my messages</source>
        <translation>我的消息</translation>
    </message>
    <message>
        <source>In replies</source>
        <translation>回复</translation>
    </message>
    <message>
        <source>The filter is off: nothing is looked for. This is what Balanced would do, with what you change here.</source>
        <translation>过滤已关闭：不会查找任何内容。这里显示的是“均衡”会怎样处理，以及你在这里所作的更改。</translation>
    </message>
    <message>
        <source>What happens to what is found</source>
        <translation>发现之后怎么办</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>在哪里</translation>
    </message>
    <message>
        <source>{about} {counts}.</source>
        <translation>{about}{counts}。</translation>
    </message>
</context>
<context>
    <name>ChatPresenter</name>
    <message>
        <source>Close other programs, or let the model read less at once.</source>
        <translation>请关闭其他程序，或让模型一次少读一些。</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>No model is loaded. Choose one in the menu at the top.</source>
        <translation>还没有加载模型。请在顶部的菜单中选择一个。</translation>
    </message>
    <message>
        <source>Stop the reply before deleting messages.</source>
        <translation>请先停止回复，再删除消息。</translation>
    </message>
    <message>
        <source>The memory ran out while the model was answering.</source>
        <translation>模型回答时内存耗尽。</translation>
    </message>
    <message>
        <source>The reply is still being written. Stop it first, or wait.</source>
        <translation>回复还在生成。请先停止它，或稍等。</translation>
    </message>
    <message>
        <source>This conversation was deleted in a terminal.</source>
        <translation>此对话已在终端中被删除。</translation>
    </message>
    <message>
        <source>This link is still being checked. Open it when the reply has ended.</source>
        <translation>这个链接仍在检查中。请等回复结束后再打开。</translation>
    </message>
    <message>
        <source>This part is still being checked. Copy it when the reply has ended.</source>
        <translation>这部分仍在检查中。请等回复结束后再复制。</translation>
    </message>
    <message>
        <source>This reply is complete; there is nothing to continue.</source>
        <translation>这条回复已经完整，没有可以继续的内容。</translation>
    </message>
    <message>
        <source>What comes next may belong to what was hidden. Make the reply again.</source>
        <translation>接下来的内容可能仍属于被隐藏的部分。请重新生成回复。</translation>
    </message>
    <message>
        <source>What was written is kept.</source>
        <translation>已写的内容会保留。</translation>
    </message>
</context>
<context>
    <name>ChooseModel</name>
    <message>
        <source>Choose a model file</source>
        <translation>选择模型文件</translation>
    </message>
    <message>
        <source>Choose a model folder</source>
        <translation>选择模型文件夹</translation>
    </message>
    <message>
        <source>Models (*.gguf)</source>
        <translation>模型 (*.gguf)</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Choose another place.</source>
        <translation>请选择另一个位置。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Delete the preset “{name}”? This cannot be undone.</source>
        <translation>要删除预设“{name}”吗？此操作无法撤销。</translation>
    </message>
    <message>
        <source>Delete this conversation?</source>
        <translation>删除这个对话吗？</translation>
    </message>
    <message>
        <source>Delete this message and everything after it? This cannot be undone.</source>
        <translation>删除这条消息和它之后的全部内容吗？此操作无法撤销。</translation>
    </message>
    <message>
        <source>Deleted “{title}”</source>
        <translation>已删除“{title}”</translation>
    </message>
    <message>
        <source>Erase all conversations? This cannot be undone.</source>
        <translation>要删除所有对话吗？此操作无法撤销。</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Exported</source>
        <translation>已导出</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open this address outside the app?

{address}</source>
        <translation>要在应用之外打开这个地址吗？

{address}</translation>
    </message>
    <message>
        <source>The file could not be written.</source>
        <translation>文件无法写入。</translation>
    </message>
    <message>
        <source>This link is not a web or mail address; it was not opened.</source>
        <translation>这个链接不是网页或邮件地址，没有打开。</translation>
    </message>
    <message>
        <source>{name} is in your message</source>
        <translation>{name} 已放入你的消息</translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message numerus="yes">
        <source>%n tokens</source>
        <translation>
            <numerusform>%n 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>Filter: {state}</source>
        <translation>过滤：{state}</translation>
    </message>
    <message>
        <source>Neutralise sampling</source>
        <translation>中和采样</translation>
    </message>
    <message>
        <source>Preset: {name}</source>
        <translation>预设：{name}</translation>
    </message>
    <message>
        <source>Safety filter settings</source>
        <translation>安全过滤设置</translation>
    </message>
    <message>
        <source>Safety filter: {state}</source>
        <translation>安全过滤：{state}</translation>
    </message>
    <message>
        <source>Sampling and system prompt of this conversation</source>
        <translation>本对话的采样设置和系统提示</translation>
    </message>
    <message>
        <source>Sampling of this conversation…</source>
        <translation>本对话的采样设置…</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Send (Ctrl+Enter)</source>
        <translation>发送（Ctrl+Enter）</translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation>发送（Enter）</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop (Esc)</source>
        <translation>停止（Esc）</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示</translation>
    </message>
    <message>
        <source>System prompt…</source>
        <translation>系统提示…</translation>
    </message>
    <message>
        <source>The model reads it before everything else. There is none yet.</source>
        <translation>模型最先读到的就是它。目前还没有填写。</translation>
    </message>
    <message>
        <source>Thinking</source>
        <translation>思考</translation>
    </message>
    <message>
        <source>Whether the model thinks before it answers</source>
        <translation>模型回答前是否先思考</translation>
    </message>
    <message>
        <source>balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>strict</source>
        <translation>严格</translation>
    </message>
    <message>
        <source>{name}, changed</source>
        <translation>{name}（已改）</translation>
    </message>
</context>
<context>
    <name>ConversationListModel</name>
    <message>
        <source>a reply is being written</source>
        <translation>正在生成回复</translation>
    </message>
</context>
<context>
    <name>ConversationView</name>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
</context>
<context>
    <name>Detail</name>
    <message>
        <source>Back to the list</source>
        <translation>返回列表</translation>
    </message>
</context>
<context>
    <name>Diagram</name>
    <message>
        <source>+ positions</source>
        <translation>+ 位置</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>注意力</translation>
    </message>
    <message>
        <source>Diagram of the model</source>
        <translation>模型结构图</translation>
    </message>
    <message>
        <source>Embedding</source>
        <translation>嵌入</translation>
    </message>
    <message>
        <source>Experts</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Gated MLP</source>
        <translation>门控 MLP</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>输出头</translation>
    </message>
    <message>
        <source>MLP</source>
        <translation>MLP</translation>
    </message>
    <message>
        <source>Recurrence</source>
        <translation>循环</translation>
    </message>
    <message>
        <source>a score for</source>
        <translation>为每个词元</translation>
    </message>
    <message>
        <source>each part adds to the stream of {number} numbers</source>
        <translation>每个部分都加到 {number} 个数的主干上</translation>
    </message>
    <message>
        <source>each token</source>
        <translation>打分</translation>
    </message>
    <message>
        <source>in {number} groups</source>
        <translation>分为 {number} 组</translation>
    </message>
    <message>
        <source>not grouped</source>
        <translation>不分组</translation>
    </message>
    <message>
        <source>rotary positions; each part adds to the stream</source>
        <translation>旋转位置编码；每个部分都加到主干上</translation>
    </message>
    <message>
        <source>same table</source>
        <translation>同一张表</translation>
    </message>
    <message>
        <source>{number} experts</source>
        <translation>{number} 个专家</translation>
    </message>
    <message>
        <source>{number} heads of {size}</source>
        <translation>{number} 个头，每个 {size}</translation>
    </message>
    <message>
        <source>{number} layers, each:</source>
        <translation>{number} 层，每层：</translation>
    </message>
    <message>
        <source>{number} wide</source>
        <translation>宽 {number}</translation>
    </message>
</context>
<context>
    <name>Dots</name>
    <message>
        <source>Step {number} of {all}</source>
        <translation>第 {number} 步，共 {all} 步</translation>
    </message>
</context>
<context>
    <name>DownloadCard</name>
    <message>
        <source>Discard what has arrived</source>
        <translation>丢弃已下载的部分</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>提前</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Progress of {name}</source>
        <translation>{name} 的进度</translation>
    </message>
    <message>
        <source>Waits for its turn</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} / {total}</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>还需 {time}</translation>
    </message>
</context>
<context>
    <name>DownloadsPresenter</name>
    <message>
        <source>Discard {name}? The {size} that have arrived are deleted.</source>
        <translation>要丢弃 {name} 吗？已下载的 {size} 会被删除。</translation>
    </message>
    <message>
        <source>Downloads have to wait.</source>
        <translation>下载需要等待。</translation>
    </message>
    <message>
        <source>The models are being moved.</source>
        <translation>正在移动模型。</translation>
    </message>
    <message>
        <source>Try again when they are there, or stop moving them.</source>
        <translation>请等移动完成后再试，或停止移动。</translation>
    </message>
</context>
<context>
    <name>DownloadsTab</name>
    <message>
        <source>Nothing is being fetched. What was begun goes on here, also after a restart.</source>
        <translation>没有正在下载的模型。开始过的下载可以在这里继续，重启之后也可以。</translation>
    </message>
</context>
<context>
    <name>DraftEdit</name>
    <message>
        <source>Ask anything</source>
        <translation>想问什么都可以</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
</context>
<context>
    <name>Editor</name>
    <message>
        <source>Choose a folder: {title}</source>
        <translation>选择文件夹：{title}</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>That does not fit. It must be {allowed}.</source>
        <translation>这个值不合适。应为：{allowed}。</translation>
    </message>
</context>
<context>
    <name>EventsCard</name>
    <message numerus="yes">
        <source>%n replies touched this week</source>
        <translation>
            <numerusform>本周处理了 %n 条回复</numerusform>
        </translation>
    </message>
    <message>
        <source>Clear list</source>
        <translation>清空记录</translation>
    </message>
    <message>
        <source>Kept on this computer, by category, without the text.</source>
        <translation>只按类别记在本机，不含文字。</translation>
    </message>
    <message>
        <source>The filter has not had to do anything.</source>
        <translation>过滤器还没有需要处理的内容。</translation>
    </message>
</context>
<context>
    <name>Feeding</name>
    <message>
        <source>loading the guard model</source>
        <translation>正在加载守卫模型</translation>
    </message>
    <message>
        <source>reading {done} of {total} tokens</source>
        <translation>正在读取 {total} 个词元中的第 {done} 个</translation>
    </message>
    <message numerus="yes">
        <source>the oldest %n messages were left out</source>
        <translation>
            <numerusform>最早的 %n 条消息没有送入模型</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FindBar</name>
    <message numerus="yes">
        <source>%n found</source>
        <translation>
            <numerusform>找到 %n 处</numerusform>
        </translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>关闭（Esc）</translation>
    </message>
    <message>
        <source>Find in this conversation</source>
        <translation>在本对话中查找</translation>
    </message>
    <message>
        <source>Next (Enter)</source>
        <translation>下一个（Enter）</translation>
    </message>
    <message>
        <source>Not found</source>
        <translation>没有找到</translation>
    </message>
    <message>
        <source>Previous (Shift+Enter)</source>
        <translation>上一个（Shift+Enter）</translation>
    </message>
</context>
<context>
    <name>FitTable</name>
    <message>
        <source>What it takes on this computer</source>
        <translation>在这台电脑上需要多少</translation>
    </message>
</context>
<context>
    <name>Foot</name>
    <message>
        <source>Goes online only when you ask. Your words stay here.</source>
        <translation>仅在你要求时联网。你写的内容留在这里。</translation>
    </message>
    <message>
        <source>Offline. Nothing leaves this computer.</source>
        <translation>离线。任何内容都不会离开这台电脑。</translation>
    </message>
    <message>
        <source>Settings (Ctrl+,)</source>
        <translation>设置（Ctrl+,）</translation>
    </message>
</context>
<context>
    <name>Greeting</name>
    <message>
        <source>How do I add a larger model?</source>
        <translation>怎样添加更大的模型？</translation>
    </message>
    <message>
        <source>How does self-attention work, step by step?</source>
        <translation>自注意力是怎样一步一步工作的？</translation>
    </message>
    <message>
        <source>The model runs on this computer. Nothing you write leaves it.</source>
        <translation>模型就在这台电脑上运行，你写的内容不会离开它。</translation>
    </message>
    <message>
        <source>What does temperature do?</source>
        <translation>温度有什么作用？</translation>
    </message>
    <message>
        <source>What is a large language model?</source>
        <translation>什么是大语言模型？</translation>
    </message>
    <message>
        <source>What would you like to know?</source>
        <translation>你想了解什么？</translation>
    </message>
</context>
<context>
    <name>GuardDialog</name>
    <message>
        <source>A second model that judges your messages and each part of a reply. It runs on this computer too, and takes memory and time. Fetch one as you fetch any model.</source>
        <translation>第二个模型，判断你的消息和回复的每一部分。它也在本机运行，占用内存和时间。获取方式与其他模型相同。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Each label has a probability of its own. Otherwise one of them is right.</source>
        <translation>每个标签各有自己的概率；否则其中只有一个成立。</translation>
    </message>
    <message>
        <source>From this probability on, a text counts as harmful.</source>
        <translation>达到这一概率，文字即算有害。</translation>
    </message>
    <message>
        <source>Guard model</source>
        <translation>守卫模型</translation>
    </message>
    <message>
        <source>How sure it must be</source>
        <translation>需要多大把握</translation>
    </message>
    <message>
        <source>No model in your models folder can judge texts.</source>
        <translation>模型文件夹里没有能判断文字的模型。</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Not used</source>
        <translation>不使用</translation>
    </message>
    <message>
        <source>Read as {family}.</source>
        <translation>按 {family} 解读。</translation>
    </message>
    <message>
        <source>Several labels at once</source>
        <translation>可同时有多个标签</translation>
    </message>
    <message>
        <source>The app does not know this model. Say what its labels mean; a label that is not used changes nothing.</source>
        <translation>应用不认识这个模型。请说明各标签的含义；不使用的标签不起作用。</translation>
    </message>
    <message>
        <source>The rules work alone.</source>
        <translation>只由规则工作。</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>使用</translation>
    </message>
</context>
<context>
    <name>GuardRow</name>
    <message>
        <source>Change the guard model</source>
        <translation>更换守卫模型</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>更换…</translation>
    </message>
    <message>
        <source>Guard model</source>
        <translation>守卫模型</translation>
    </message>
    <message>
        <source>None. The rules work alone; a guard model also judges what is meant.</source>
        <translation>无。只由规则工作；守卫模型还能判断含义。</translation>
    </message>
    <message>
        <source>{name} ({family}), {time} ms a judgement on this computer</source>
        <translation>{name}（{family}），在本机每次判断 {time} 毫秒</translation>
    </message>
    <message>
        <source>{name} ({family}). It is loaded with the next reply.</source>
        <translation>{name}（{family}）。下一条回复时加载。</translation>
    </message>
</context>
<context>
    <name>HubTab</name>
    <message>
        <source>Any format</source>
        <translation>任意格式</translation>
    </message>
    <message>
        <source>Any licence</source>
        <translation>任意许可证</translation>
    </message>
    <message>
        <source>Any size</source>
        <translation>任意大小</translation>
    </message>
    <message>
        <source>Any task</source>
        <translation>任意任务</translation>
    </message>
    <message>
        <source>Classifies text</source>
        <translation>文本分类</translation>
    </message>
    <message>
        <source>Embeds text</source>
        <translation>文本嵌入</translation>
    </message>
    <message>
        <source>Fits here</source>
        <translation>适合本机</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Found on the hub</source>
        <translation>在模型站中找到的</translation>
    </message>
    <message>
        <source>Go online when I ask</source>
        <translation>在我要求时联网</translation>
    </message>
    <message>
        <source>It connects to nothing. Switched on, it asks huggingface.co, and only when you search, look at a model or fetch one. Settings, Privacy lists every connection.</source>
        <translation>它不连接任何地方。打开之后，只有在你搜索、查看或下载模型时，它才会询问 huggingface.co。“设置 › 隐私”列出每一次连接。</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search by name, or press Search for what others use most.</source>
        <translation>按名称搜索，或直接按“搜索”查看最常用的模型。</translation>
    </message>
    <message>
        <source>Search the model hub</source>
        <translation>搜索模型站</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>The app is offline</source>
        <translation>应用处于离线状态</translation>
    </message>
    <message>
        <source>The hub has nothing like that. Try other filters.</source>
        <translation>模型站中没有这样的模型。请换一些筛选条件。</translation>
    </message>
    <message>
        <source>Writes text</source>
        <translation>文本生成</translation>
    </message>
</context>
<context>
    <name>InstalledTab</name>
    <message numerus="yes">
        <source>%n models, {size}.</source>
        <translation>
            <numerusform>%n 个模型，{size}。</numerusform>
        </translation>
    </message>
    <message>
        <source>A folder or .gguf file can also be dropped onto the window.</source>
        <translation>也可以把文件夹或 .gguf 文件拖到窗口上。</translation>
    </message>
    <message>
        <source>Add a GGUF file…</source>
        <translation>添加 GGUF 文件…</translation>
    </message>
    <message>
        <source>Add a folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Choose an empty folder</source>
        <translation>选择一个空文件夹</translation>
    </message>
    <message>
        <source>Filter by name</source>
        <translation>按名称筛选</translation>
    </message>
    <message>
        <source>Keep models elsewhere…</source>
        <translation>把模型存到别处…</translation>
    </message>
    <message>
        <source>Moving the models: {share}%</source>
        <translation>正在移动模型：{share}%</translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation>这台电脑上</translation>
    </message>
    <message>
        <source>Stop moving</source>
        <translation>停止移动</translation>
    </message>
</context>
<context>
    <name>JumpButton</name>
    <message>
        <source>Go to the newest text</source>
        <translation>回到最新内容</translation>
    </message>
    <message>
        <source>Go to the newest text (End)</source>
        <translation>回到最新内容（End）</translation>
    </message>
</context>
<context>
    <name>KeysField</name>
    <message>
        <source>Press keys</source>
        <translation>请按键</translation>
    </message>
    <message>
        <source>Press the keys to use. Backspace: none.</source>
        <translation>请按下要用的按键。退格键：清除。</translation>
    </message>
</context>
<context>
    <name>LicencesDialog</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Components</source>
        <translation>组件</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>What this app is made of</source>
        <translation>本应用的组成</translation>
    </message>
</context>
<context>
    <name>LockCard</name>
    <message>
        <source>Give it to change anything here.</source>
        <translation>输入后才能更改此页。</translation>
    </message>
    <message>
        <source>It locks again when the app is closed, or now.</source>
        <translation>关闭应用时会再次锁定，也可立即锁定。</translation>
    </message>
    <message>
        <source>Lock now</source>
        <translation>立即锁定</translation>
    </message>
    <message>
        <source>Lock with a PIN</source>
        <translation>用 PIN 锁定</translation>
    </message>
    <message>
        <source>Locked with a PIN</source>
        <translation>已用 PIN 锁定</translation>
    </message>
    <message>
        <source>PIN</source>
        <translation>PIN</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove the PIN</source>
        <translation>移除 PIN</translation>
    </message>
    <message>
        <source>Set a PIN…</source>
        <translation>设置 PIN…</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>Unlocked</source>
        <translation>已解锁</translation>
    </message>
    <message>
        <source>Whoever does not know it can change nothing on this page. It keeps honest people out, not somebody who owns this computer.</source>
        <translation>不知道 PIN 的人不能更改此页。它能拦住守规矩的人，拦不住这台电脑的主人。</translation>
    </message>
</context>
<context>
    <name>LookingDialog</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Looking for personal data</source>
        <translation>正在查找个人信息</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Ctrl Enter sends · Enter breaks the line · Esc stops</source>
        <translation>Ctrl Enter 发送 · Enter 换行 · Esc 停止</translation>
    </message>
    <message>
        <source>Enter sends · Shift Enter breaks the line · Esc stops</source>
        <translation>Enter 发送 · Shift Enter 换行 · Esc 停止</translation>
    </message>
    <message>
        <source>Its key is in the system&apos;s keyring, which has not answered yet.</source>
        <translation>它的密钥在系统钥匙串中，钥匙串尚未应答。</translation>
    </message>
    <message>
        <source>Nothing was lost.</source>
        <translation>没有丢失任何内容。</translation>
    </message>
    <message>
        <source>Something went wrong inside the app.</source>
        <translation>应用内部出了问题。</translation>
    </message>
    <message>
        <source>The history is locked.</source>
        <translation>历史记录被锁定。</translation>
    </message>
    <message>
        <source>The log has the details; its folder is under Settings, Privacy.</source>
        <translation>详情在日志中；日志文件夹见“设置 › 隐私”。</translation>
    </message>
    <message>
        <source>The window changes when the reply has ended.</source>
        <translation>回复结束后，窗口会切换语言。</translation>
    </message>
    <message>
        <source>Unlock the keyring where the desktop asks for it; then it goes on here.</source>
        <translation>请在桌面提示时解锁钥匙串；之后这里会自动继续。</translation>
    </message>
</context>
<context>
    <name>MessageActions</name>
    <message>
        <source>Continue the reply</source>
        <translation>继续回复</translation>
    </message>
    <message>
        <source>Copy code</source>
        <translation>复制代码</translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Copy selected text</source>
        <translation>复制选中的文字</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Next version</source>
        <translation>下一个版本</translation>
    </message>
    <message>
        <source>Previous version</source>
        <translation>上一个版本</translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation>重新生成</translation>
    </message>
    <message>
        <source>This was wrong: always allow {category} ({rule})</source>
        <translation>判断有误：始终允许{category}（{rule}）</translation>
    </message>
</context>
<context>
    <name>MessageEditor</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Edit message</source>
        <translation>编辑消息</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Saved as a new version; the old one stays.</source>
        <translation>保存为新版本，旧版本仍会保留。</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>The reply is made anew; the old version stays.</source>
        <translation>将重新生成回复，旧版本仍会保留。</translation>
    </message>
</context>
<context>
    <name>Meter</name>
    <message>
        <source>Context window</source>
        <translation>上下文窗口</translation>
    </message>
    <message>
        <source>Context window: {text}</source>
        <translation>上下文窗口：{text}</translation>
    </message>
</context>
<context>
    <name>ModelCard</name>
    <message>
        <source>Choose one in the menu at the top (Ctrl+Shift+M).</source>
        <translation>请在顶部的菜单中选择一个（Ctrl+Shift+M）。</translation>
    </message>
    <message>
        <source>No model is loaded</source>
        <translation>没有加载模型</translation>
    </message>
    <message>
        <source>{architecture}, {size} million parameters, reads up to {window} tokens. Runs in {precision} on {device}. {reason}</source>
        <translation>{architecture}，{size} 百万个参数，最多读取 {window} 个词元。以 {precision} 在 {device} 上运行。{reason}</translation>
    </message>
</context>
<context>
    <name>ModelPresenter</name>
    <message>
        <source>Choose another model in the menu at the top.</source>
        <translation>请在顶部的菜单中选择另一个模型。</translation>
    </message>
    <message>
        <source>Load it again or choose a smaller model, in the menu at the top.</source>
        <translation>请在顶部的菜单中重新加载它，或选择一个更小的模型。</translation>
    </message>
    <message>
        <source>The app ended while it was being loaded the last time.</source>
        <translation>上次加载它时，应用意外退出了。</translation>
    </message>
    <message>
        <source>The model has not answered for 30 seconds. It may be swapping to disk.</source>
        <translation>模型已有 30 秒没有响应，可能正在与磁盘交换内存。</translation>
    </message>
    <message>
        <source>The model rests, its memory is free. The next message loads it.</source>
        <translation>模型已休息，内存已释放。下一条消息会重新加载它。</translation>
    </message>
    <message>
        <source>{name} cannot be loaded.</source>
        <translation>无法加载 {name}。</translation>
    </message>
    <message>
        <source>{name} is not loaded.</source>
        <translation>没有加载 {name}。</translation>
    </message>
</context>
<context>
    <name>ModelView</name>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Defaults of this model</source>
        <translation>此模型的默认值</translation>
    </message>
    <message>
        <source>Duplicate…</source>
        <translation>复制…</translation>
    </message>
    <message>
        <source>Fetched from</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>指纹</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>Its own</source>
        <translation>自带</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Reads up to</source>
        <translation>最多读取</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Sliding window</source>
        <translation>滑动窗口</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>使用此模型</translation>
    </message>
    <message>
        <source>Used whenever it is loaded, before the settings.</source>
        <translation>每次加载它时使用，优先于设置。</translation>
    </message>
    <message>
        <source>Vocabulary</source>
        <translation>词表</translation>
    </message>
    <message>
        <source>its files do not say</source>
        <translation>文件中没有说明</translation>
    </message>
    <message>
        <source>{number} more</source>
        <translation>还有 {number} 个</translation>
    </message>
    <message>
        <source>{number} tokens</source>
        <translation>{number} 个词元</translation>
    </message>
</context>
<context>
    <name>Models</name>
    <message>
        <source>A learned table of positions tells it the order of the tokens.</source>
        <translation>学习得到的位置表告诉它词元的顺序。</translation>
    </message>
    <message>
        <source>A learned value for each distance tells it the order of the tokens.</source>
        <translation>每个距离对应的一个学习得到的数值告诉它词元的顺序。</translation>
    </message>
    <message>
        <source>A {architecture} model of {parameters} parameters: {layers} layers over a stream of {hidden} numbers.</source>
        <translation>{architecture} 模型，{parameters} 个参数：{layers} 层，主干宽 {hidden}。</translation>
    </message>
    <message>
        <source>Attention that fades with distance (ALiBi) tells it the order of the tokens.</source>
        <translation>随距离减弱的注意力（ALiBi）告诉它词元的顺序。</translation>
    </message>
    <message>
        <source>Came with the app</source>
        <translation>随应用提供</translation>
    </message>
    <message>
        <source>Cannot be loaded</source>
        <translation>无法加载</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Chosen, not loaded</source>
        <translation>已选择，未加载</translation>
    </message>
    <message>
        <source>Classifier</source>
        <translation>分类</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>代码</translation>
    </message>
    <message>
        <source>Each layer looks back with {heads} attention heads in {groups} groups that share keys and values.</source>
        <translation>每层用 {heads} 个注意力头回看前文，分为 {groups} 组，组内共用键和值。</translation>
    </message>
    <message>
        <source>Each layer looks back with {heads} attention heads that share one set of keys and values.</source>
        <translation>每层用 {heads} 个注意力头回看前文，共用一套键和值。</translation>
    </message>
    <message>
        <source>Each layer looks back with {heads} attention heads.</source>
        <translation>每层用 {heads} 个注意力头回看前文。</translation>
    </message>
    <message>
        <source>Embedding</source>
        <translation>嵌入</translation>
    </message>
    <message>
        <source>Fits</source>
        <translation>适合</translation>
    </message>
    <message>
        <source>Guard</source>
        <translation>守卫</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>Its files name no position encoding.</source>
        <translation>它的文件没有说明位置编码。</translation>
    </message>
    <message>
        <source>Little room</source>
        <translation>勉强</translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation>这台电脑上</translation>
    </message>
    <message>
        <source>Rotary position encoding tells it the order of the tokens.</source>
        <translation>旋转位置编码告诉它词元的顺序。</translation>
    </message>
    <message>
        <source>Terms to accept</source>
        <translation>需接受条款</translation>
    </message>
    <message>
        <source>Text completion</source>
        <translation>续写</translation>
    </message>
    <message>
        <source>Then a few of {experts} expert MLPs work on each token.</source>
        <translation>然后由 {experts} 个专家 MLP 中的几个处理每个词元。</translation>
    </message>
    <message>
        <source>Then a gated MLP, {width} wide, works on each token.</source>
        <translation>然后由宽 {width} 的门控 MLP 处理每个词元。</translation>
    </message>
    <message>
        <source>Then an MLP, {width} wide, works on each token.</source>
        <translation>然后由宽 {width} 的 MLP 处理每个词元。</translation>
    </message>
    <message>
        <source>Too large now</source>
        <translation>目前太大</translation>
    </message>
    <message>
        <source>Variant of {name}</source>
        <translation>{name} 的变体</translation>
    </message>
    <message>
        <source>about {number} tokens/s</source>
        <translation>约 {number} 词元/秒</translation>
    </message>
    <message>
        <source>architecture</source>
        <translation>架构</translation>
    </message>
    <message>
        <source>how much it reads</source>
        <translation>可读取的长度</translation>
    </message>
    <message>
        <source>languages</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>more than 100 languages</source>
        <translation>100 多种语言</translation>
    </message>
    <message>
        <source>number of parameters</source>
        <translation>参数数量</translation>
    </message>
    <message>
        <source>revision</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>size of the files</source>
        <translation>文件大小</translation>
    </message>
    <message>
        <source>what it is good at</source>
        <translation>擅长什么</translation>
    </message>
    <message>
        <source>whether terms are to be accepted</source>
        <translation>是否需要接受条款</translation>
    </message>
    <message>
        <source>{number} downloads</source>
        <translation>{number} 次下载</translation>
    </message>
    <message>
        <source>{number} h</source>
        <translation>{number} 小时</translation>
    </message>
    <message>
        <source>{number} languages</source>
        <translation>{number} 种语言</translation>
    </message>
    <message>
        <source>{number} min</source>
        <translation>{number} 分钟</translation>
    </message>
    <message>
        <source>{number} s</source>
        <translation>{number} 秒</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Catalogue</source>
        <translation>模型目录</translation>
    </message>
    <message>
        <source>Downloads</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Esc closes</source>
        <translation>Esc 关闭</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation>这台电脑上</translation>
    </message>
    <message>
        <source>Search the hub</source>
        <translation>搜索模型站</translation>
    </message>
</context>
<context>
    <name>ModelsPresenter</name>
    <message>
        <source>A download is running.</source>
        <translation>有下载正在进行。</translation>
    </message>
    <message>
        <source>Choose the file to fetch, then press Download.</source>
        <translation>请选择要下载的文件，然后点击“下载”。</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Go online</source>
        <translation>联网</translation>
    </message>
    <message>
        <source>Name of the variant. It shares the files and has defaults of its own.</source>
        <translation>变体的名称。它共用同样的文件，有自己的默认值。</translation>
    </message>
    <message>
        <source>Pause it, and try again.</source>
        <translation>请先暂停它，然后再试。</translation>
    </message>
    <message>
        <source>The app is offline. Let it connect to the model hub when you ask it to?

It then fetches what you choose and sends nothing of yours. You can switch it off, and see every connection, in Settings, Privacy.</source>
        <translation>应用处于离线状态。允许它在你要求时连接模型站吗？

它只下载你选择的内容，不发送你的任何内容。你可以在“设置 › 隐私”中关闭它，并查看每一次连接。</translation>
    </message>
    <message>
        <source>The models are where they were</source>
        <translation>模型仍在原处</translation>
    </message>
    <message>
        <source>The models cannot be moved now.</source>
        <translation>现在不能移动模型。</translation>
    </message>
    <message>
        <source>The models have moved</source>
        <translation>模型已移动</translation>
    </message>
    <message>
        <source>{name} has arrived</source>
        <translation>{name} 已下载完成</translation>
    </message>
    <message>
        <source>{name}, variant</source>
        <translation>{name}，变体</translation>
    </message>
</context>
<context>
    <name>NetworkCard</name>
    <message>
        <source>Access token of the hub</source>
        <translation>模型站的访问令牌</translation>
    </message>
    <message>
        <source>Every connection that this app ever made: when, to whom, why, how much came.</source>
        <translation>此应用建立过的每一次连接：何时、连接谁、为什么、收到多少。</translation>
    </message>
    <message>
        <source>For models whose authors ask you to accept their terms. A copy that keeps all its things in one folder uses no keyring: set the variable HF_TOKEN before you start it.</source>
        <translation>用于作者要求接受条款的模型。把所有内容放在同一个文件夹里的副本不使用钥匙串：请在启动之前设置环境变量 HF_TOKEN。</translation>
    </message>
    <message>
        <source>For models whose authors ask you to accept their terms. It is kept in the system&apos;s keyring and sent to the hub alone. An empty line forgets it.</source>
        <translation>用于作者要求接受条款的模型。它保存在系统的钥匙串中，只发送给模型站。留空则忘记它。</translation>
    </message>
    <message>
        <source>Network log</source>
        <translation>网络日志</translation>
    </message>
    <message>
        <source>Show more</source>
        <translation>显示更多</translation>
    </message>
    <message>
        <source>This app has never connected to anything.</source>
        <translation>此应用从未连接过任何地方。</translation>
    </message>
    <message>
        <source>hf_…, then Enter</source>
        <translation>hf_…，然后按 Enter</translation>
    </message>
    <message>
        <source>not finished</source>
        <translation>未完成</translation>
    </message>
</context>
<context>
    <name>NewButton</name>
    <message>
        <source>New conversation</source>
        <translation>新建对话</translation>
    </message>
    <message>
        <source>New conversation (Ctrl+N)</source>
        <translation>新建对话（Ctrl+N）</translation>
    </message>
</context>
<context>
    <name>OfferView</name>
    <message>
        <source>, to be accepted on the hub</source>
        <translation>，需在模型站上接受</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Download again</source>
        <translation>重新下载</translation>
    </message>
    <message>
        <source>Downloads</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>File to fetch</source>
        <translation>要下载的文件</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Files and model card</source>
        <translation>文件和模型卡</translation>
    </message>
    <message>
        <source>For</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>From</source>
        <translation>来自</translation>
    </message>
    <message>
        <source>It writes nothing itself.</source>
        <translation>它本身不生成文字。</translation>
    </message>
    <message>
        <source>Languages</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Not verified</source>
        <translation>未核实</translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation>这台电脑上</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Reads up to</source>
        <translation>最多读取</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Speeds are estimates from this computer&apos;s memory, {number} GB/s; the catalogue&apos;s list has a button that measures it.</source>
        <translation>速度是根据这台电脑的内存估计的（{number} GB/s）；目录列表中有按钮可以测量。</translation>
    </message>
    <message>
        <source>Speeds follow from what was measured on this computer.</source>
        <translation>速度根据在这台电脑上的测量得出。</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Terms</source>
        <translation>条款</translation>
    </message>
    <message>
        <source>To fetch</source>
        <translation>需下载</translation>
    </message>
    <message>
        <source>Web page</source>
        <translation>网页</translation>
    </message>
    <message>
        <source>Weights and a conversation of up to 4,096 tokens, of {free} of memory that are free now.</source>
        <translation>权重加上最多 4,096 个词元的对话，目前空闲内存 {free}。</translation>
    </message>
    <message>
        <source>not fetched</source>
        <translation>不下载</translation>
    </message>
    <message>
        <source>the newest; pinned when fetched</source>
        <translation>最新版本；下载时固定</translation>
    </message>
    <message>
        <source>to be accepted on the hub</source>
        <translation>需在模型站上接受</translation>
    </message>
    <message>
        <source>{number} more</source>
        <translation>还有 {number} 个</translation>
    </message>
    <message>
        <source>{number} tokens</source>
        <translation>{number} 个词元</translation>
    </message>
</context>
<context>
    <name>PartsBar</name>
    <message>
        <source>Attention</source>
        <translation>注意力</translation>
    </message>
    <message>
        <source>Embedding</source>
        <translation>嵌入</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>输出头</translation>
    </message>
    <message>
        <source>MLP</source>
        <translation>MLP</translation>
    </message>
    <message>
        <source>Norms</source>
        <translation>归一化</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>Parameters by part</source>
        <translation>各部分的参数</translation>
    </message>
</context>
<context>
    <name>Personal</name>
    <message>
        <source>Bank accounts</source>
        <translation>银行账号</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Card numbers</source>
        <translation>银行卡号</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Delete them</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>E-mail addresses</source>
        <translation>电子邮箱</translation>
    </message>
    <message>
        <source>Identity numbers</source>
        <translation>身份证件号码</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>A reply that is being written was left as it is. Look again when it has ended.</source>
        <translation>有一条回复正在生成，未作改动。请在它结束后再查看一次。</translation>
    </message>
    <message>
        <source>Looking through your history…</source>
        <translation>正在查看历史记录…</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>遮盖</translation>
    </message>
    <message>
        <source>Mask them</source>
        <translation>遮盖</translation>
    </message>
    <message>
        <source>Looked at every version of every message and at what is not sent yet, but not at replies that are being written.</source>
        <translation>已查看每条消息的每个版本和尚未发送的文字，但没有查看正在生成的回复。</translation>
    </message>
    <message>
        <source>Masking puts one sign in the place of each; deleting takes it out of the text. Both rewrite messages, and what is not sent yet, for good: no copy, log or search index keeps it.</source>
        <translation>遮盖是用一个符号代替每一处；删除是从文字中去掉。两者都会彻底改写消息和尚未发送的文字：副本、日志和搜索索引都不再保留。</translation>
    </message>
    <message>
        <source>Network addresses</source>
        <translation>网络地址</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>No personal data was found</source>
        <translation>没有发现个人信息</translation>
    </message>
    <message>
        <source>No trace of them is left in the history.</source>
        <translation>历史记录中已无痕迹。</translation>
    </message>
    <message>
        <source>Nothing leaves this computer.</source>
        <translation>任何内容都不会离开本机。</translation>
    </message>
    <message>
        <source>Passwords and keys</source>
        <translation>密码和密钥</translation>
    </message>
    <message>
        <source>Personal data in my history</source>
        <translation>历史记录中的个人信息</translation>
    </message>
    <message>
        <source>Phone numbers</source>
        <translation>电话号码</translation>
    </message>
    <message>
        <source>That did not work</source>
        <translation>没有成功</translation>
    </message>
    <message>
        <source>This holds personal data.</source>
        <translation>其中含有个人信息。</translation>
    </message>
    <message>
        <source>{count} places deleted</source>
        <translation>已删除 {count} 处</translation>
    </message>
    <message>
        <source>{count} places masked</source>
        <translation>已遮盖 {count} 处</translation>
    </message>
    <message>
        <source>{done} of {total} conversations. Nothing leaves this computer.</source>
        <translation>已查看 {done}/{total} 个对话。任何内容都不会离开本机。</translation>
    </message>
</context>
<context>
    <name>PlacesCard</name>
    <message>
        <source>Delete all conversations</source>
        <translation>删除所有对话</translation>
    </message>
    <message>
        <source>Delete all…</source>
        <translation>全部删除…</translation>
    </message>
    <message>
        <source>Encrypted with SQLCipher. {path}</source>
        <translation>以 SQLCipher 加密。{path}</translation>
    </message>
    <message>
        <source>Erases the whole history from the disk. This cannot be undone.</source>
        <translation>从磁盘上清除全部历史记录。此操作无法撤销。</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史记录</translation>
    </message>
    <message>
        <source>Key of the history</source>
        <translation>历史记录的密钥</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Open folder: {name}</source>
        <translation>打开文件夹：{name}</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
</context>
<context>
    <name>PresetCard</name>
    <message>
        <source>Delete this preset</source>
        <translation>删除这个预设</translation>
    </message>
    <message>
        <source>Keep these values</source>
        <translation>保留这些数值</translation>
    </message>
    <message>
        <source>Name of the preset:</source>
        <translation>预设的名称：</translation>
    </message>
    <message>
        <source>Neutral</source>
        <translation>中性</translation>
    </message>
    <message>
        <source>Neutralise</source>
        <translation>中和</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation>另存为…</translation>
    </message>
    <message>
        <source>Save preset</source>
        <translation>保存预设</translation>
    </message>
    <message>
        <source>Saves them as a preset with a name.</source>
        <translation>把它们存为一个有名称的预设。</translation>
    </message>
    <message>
        <source>Switches every step off: the model&apos;s own probabilities, as they are.</source>
        <translation>关闭所有步骤：原样使用模型自己的概率。</translation>
    </message>
    <message>
        <source>What new conversations start with. Values below change it where they are set.</source>
        <translation>新对话以它开始。下面填写的数值会改变它。</translation>
    </message>
</context>
<context>
    <name>ProgressLine</name>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
</context>
<context>
    <name>QuickAsk</name>
    <message>
        <source>A new conversation. Esc puts this away.</source>
        <translation>新对话。按 Esc 收起。</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>提问</translation>
    </message>
    <message>
        <source>Quick ask</source>
        <translation>快速提问</translation>
    </message>
</context>
<context>
    <name>Refusal</name>
    <message>
        <source>Desktop LLM cannot start</source>
        <translation>Desktop LLM 无法启动</translation>
    </message>
</context>
<context>
    <name>RemovalPresenter</name>
    <message>
        <source>Move {name} to the trash? It is a link: where it leads, all stays, and no space is freed.</source>
        <translation>把 {name} 移到回收站？它是一个链接：它指向的内容都会保留，不会释放空间。</translation>
    </message>
    <message>
        <source>Move {name} to the trash? That frees {size} once the trash is emptied.</source>
        <translation>把 {name} 移到回收站？清空回收站后会释放 {size}。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove {name}? The model that it is a variant of stays.</source>
        <translation>移除 {name}？它所基于的模型会保留。</translation>
    </message>
    <message>
        <source>Take {name} off the list? Its files stay where they are.</source>
        <translation>从列表中去掉 {name}？它的文件留在原处。</translation>
    </message>
    <message>
        <source>{name} is one of the models in the linked folder {folder}. Take the whole folder off the list? All files stay where they are.</source>
        <translation>{name} 是链接文件夹 {folder} 中的模型之一。从列表中去掉整个文件夹？所有文件都留在原处。</translation>
    </message>
</context>
<context>
    <name>Reply</name>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Show or hide what the model thought</source>
        <translation>显示或隐藏模型的思考</translation>
    </message>
    <message>
        <source>Thinking…</source>
        <translation>思考中…</translation>
    </message>
    <message>
        <source>Thought for {seconds} s</source>
        <translation>思考了 {seconds} 秒</translation>
    </message>
    <message>
        <source>Thoughts</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>code</source>
        <translation>代码</translation>
    </message>
</context>
<context>
    <name>Row</name>
    <message>
        <source>Reset {title}</source>
        <translation>重置“{title}”</translation>
    </message>
    <message>
        <source>{title}: {problem}</source>
        <translation>{title}：{problem}</translation>
    </message>
</context>
<context>
    <name>RowDelegate</name>
    <message>
        <source>Title of the conversation</source>
        <translation>对话的标题</translation>
    </message>
</context>
<context>
    <name>Safety</name>
    <message>
        <source>Hidden: {category} (rule {rule})</source>
        <translation>已隐藏：{category}（规则 {rule}）</translation>
    </message>
    <message>
        <source>If you or somebody near you may come to harm, talk to a person now. In an emergency call your local emergency number; findahelpline.com lists free help lines in your country.</source>
        <translation>如果你或身边的人可能受到伤害，请现在就找人谈谈。紧急情况请拨打当地急救电话；findahelpline.com 列有各国的免费求助热线。</translation>
    </message>
    <message>
        <source>Not checked</source>
        <translation>未检查</translation>
    </message>
    <message>
        <source>Parts of this reply were not checked: the guard model gave no verdict that can be read.</source>
        <translation>回复的一部分未经检查：守卫模型没有给出可读的判断。</translation>
    </message>
    <message>
        <source>The guard model stopped this reply and took its last part back. It found: {category}.</source>
        <translation>守卫模型停止了这条回复，并收回了最后一部分。发现：{category}。</translation>
    </message>
    <message>
        <source>The safety filter stopped here: the guard model gave no verdict that can be read, and Strict shows nothing unjudged.</source>
        <translation>安全过滤器在此停止：守卫模型没有给出可读的判断，而“严格”不显示未经判断的内容。</translation>
    </message>
    <message>
        <source>The safety filter stopped this reply here: {category} (rule {rule}).</source>
        <translation>安全过滤器在此停止了回复：{category}（规则 {rule}）。</translation>
    </message>
    <message>
        <source>Your message was not given to the model because of an earlier one that has no reply. The guard model found in that: {category}. Edit or delete the earlier one.</source>
        <translation>由于之前有一条没有回复的消息，你的消息没有交给模型。守卫模型在那条消息中发现：{category}。请编辑或删除那条消息。</translation>
    </message>
    <message>
        <source>Your message was not given to the model because of the system prompt. The guard model found in that: {category}. Change it in this conversation, in its preset or in the settings.</source>
        <translation>由于系统提示，你的消息没有交给模型。守卫模型在系统提示中发现：{category}。请在本对话、其预设或设置中修改系统提示。</translation>
    </message>
    <message>
        <source>Your message was not given to the model because of the system prompt. The safety filter found in that: {category} (rule {rule}). Change it in this conversation, in its preset or in the settings.</source>
        <translation>由于系统提示，你的消息没有交给模型。安全过滤器在系统提示中发现：{category}（规则 {rule}）。请在本对话、其预设或设置中修改系统提示。</translation>
    </message>
    <message>
        <source>Your message was not given to the model. The guard model found in it: {category}.</source>
        <translation>你的消息没有交给模型。守卫模型在其中发现：{category}。</translation>
    </message>
    <message>
        <source>Your message was not given to the model. The safety filter found in it: {category} (rule {rule}).</source>
        <translation>你的消息没有交给模型。安全过滤器在其中发现：{category}（规则 {rule}）。</translation>
    </message>
    <message>
        <source>{category} (rule {rule})</source>
        <translation>{category}（规则 {rule}）</translation>
    </message>
    <message>
        <source>{category}: the guard model warns of this</source>
        <translation>{category}：守卫模型提醒注意</translation>
    </message>
</context>
<context>
    <name>SafetyCards</name>
    <message>
        <source>Nothing was found; the text passes as it is.</source>
        <translation>没有发现问题，文字原样通过。</translation>
    </message>
    <message>
        <source>marked with a warning</source>
        <translation>标记提醒</translation>
    </message>
    <message>
        <source>masked</source>
        <translation>已遮盖</translation>
    </message>
    <message>
        <source>the reply would end here</source>
        <translation>回复会在此结束</translation>
    </message>
    <message>
        <source>{count} rules</source>
        <translation>{count} 条规则</translation>
    </message>
    <message>
        <source>{count} rules in Chinese</source>
        <translation>中文规则 {count} 条</translation>
    </message>
    <message>
        <source>{count} rules in English</source>
        <translation>英文规则 {count} 条</translation>
    </message>
</context>
<context>
    <name>SafetyPanel</name>
    <message>
        <source>All of this page, but the PIN, as one file that people can read.</source>
        <translation>除 PIN 外，此页全部内容存为一个人能读懂的文件。</translation>
    </message>
    <message>
        <source>Export the policy</source>
        <translation>导出策略</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Import a policy</source>
        <translation>导入策略</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>导入…</translation>
    </message>
    <message>
        <source>Kinds of personal data</source>
        <translation>个人信息的种类</translation>
    </message>
    <message>
        <source>Personal data in my history</source>
        <translation>历史记录中的个人信息</translation>
    </message>
    <message>
        <source>Policy file</source>
        <translation>策略文件</translation>
    </message>
    <message>
        <source>Scan my history…</source>
        <translation>查看历史记录…</translation>
    </message>
    <message>
        <source>Shows what is there, to mask or delete it. Nothing leaves this computer.</source>
        <translation>列出其中的个人信息，可遮盖或删除。任何内容都不会离开本机。</translation>
    </message>
</context>
<context>
    <name>SafetyPresenter</name>
    <message>
        <source>A PIN of at least 4 characters:</source>
        <translation>至少 4 个字符的 PIN：</translation>
    </message>
    <message>
        <source>Choose another place.</source>
        <translation>请选择其他位置。</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Exported</source>
        <translation>已导出</translation>
    </message>
    <message>
        <source>Guard model: harmless</source>
        <translation>守卫模型：无害</translation>
    </message>
    <message>
        <source>Guard model: no verdict. {why}</source>
        <translation>守卫模型：没有判断。{why}</translation>
    </message>
    <message>
        <source>Guard model: {categories}</source>
        <translation>守卫模型：{categories}</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>No PIN was set.</source>
        <translation>没有设置 PIN。</translation>
    </message>
    <message>
        <source>PIN</source>
        <translation>PIN</translation>
    </message>
    <message>
        <source>Policies (*.toml)</source>
        <translation>策略 (*.toml)</translation>
    </message>
    <message>
        <source>That is not the PIN.</source>
        <translation>PIN 不正确。</translation>
    </message>
    <message>
        <source>The file could not be written.</source>
        <translation>文件无法写入。</translation>
    </message>
    <message>
        <source>The rule {rule} is off from the next reply on</source>
        <translation>从下一条回复起，规则 {rule} 不再生效</translation>
    </message>
    <message>
        <source>The same PIN again:</source>
        <translation>再次输入同一 PIN：</translation>
    </message>
    <message>
        <source>The two PINs are not the same.</source>
        <translation>两次输入的 PIN 不一致。</translation>
    </message>
</context>
<context>
    <name>SamplingDialog</name>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Empty values are those of the preset and of the model.</source>
        <translation>留空的值取自预设和模型。</translation>
    </message>
    <message>
        <source>Neutralise</source>
        <translation>中和</translation>
    </message>
    <message>
        <source>New each time</source>
        <translation>每次不同</translation>
    </message>
    <message>
        <source>No limit</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Sampling of this conversation</source>
        <translation>本对话的采样设置</translation>
    </message>
    <message>
        <source>Switches every step off: the model&apos;s own probabilities</source>
        <translation>关闭所有步骤：模型自己的概率</translation>
    </message>
    <message>
        <source>Use the preset&apos;s values</source>
        <translation>使用预设的数值</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>拦截</translation>
    </message>
    <message>
        <source>Checks every reply before it reaches the screen, the history or the clipboard. It runs on this computer.</source>
        <translation>每条回复在到达屏幕、历史记录或剪贴板之前都会被检查，就在这台电脑上。</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Esc closes</source>
        <translation>Esc 关闭</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>允许</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>Free text</source>
        <translation>自由文本</translation>
    </message>
    <message>
        <source>General</source>
        <translation>常规</translation>
    </message>
    <message>
        <source>How it looks and moves.</source>
        <translation>窗口的样子和动态效果。</translation>
    </message>
    <message>
        <source>How new conversations draw their words. Each conversation can have its own preset.</source>
        <translation>新对话怎样选词。每个对话都可以有自己的预设。</translation>
    </message>
    <message>
        <source>How the model is loaded and what it may use.</source>
        <translation>模型怎样加载，可以使用什么。</translation>
    </message>
    <message>
        <source>How the window behaves from day to day.</source>
        <translation>窗口的日常行为。</translation>
    </message>
    <message>
        <source>JSON of a schema</source>
        <translation>符合模式的 JSON</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>遮盖</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>New each time</source>
        <translation>每次不同</translation>
    </message>
    <message>
        <source>No limit</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>On</source>
        <translation>开</translation>
    </message>
    <message>
        <source>One of some choices</source>
        <translation>若干选项之一</translation>
    </message>
    <message>
        <source>Privacy</source>
        <translation>隐私</translation>
    </message>
    <message>
        <source>Regular expression</source>
        <translation>正则表达式</translation>
    </message>
    <message>
        <source>Safety filter</source>
        <translation>安全过滤</translation>
    </message>
    <message>
        <source>Sampling</source>
        <translation>采样</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Steps are taken in this order: {steps}. What is off is passed over.</source>
        <translation>步骤按此顺序执行：{steps}。关闭的步骤会跳过。</translation>
    </message>
    <message>
        <source>Strict</source>
        <translation>严格</translation>
    </message>
    <message>
        <source>System</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Warn</source>
        <translation>提醒</translation>
    </message>
    <message>
        <source>Your words stay on this computer. It connects to nothing unless you allow it.</source>
        <translation>你写的内容留在这台电脑上。除非你允许，应用不连接任何地方。</translation>
    </message>
    <message>
        <source>draw</source>
        <translation>抽取</translation>
    </message>
    <message>
        <source>{low} to {high}{unit}.</source>
        <translation>{low} 到 {high}{unit}。</translation>
    </message>
</context>
<context>
    <name>SettingsPresenter</name>
    <message>
        <source>The token is forgotten.</source>
        <translation>已忘记令牌。</translation>
    </message>
    <message>
        <source>The token is in the system&apos;s keyring.</source>
        <translation>令牌已存入系统的钥匙串。</translation>
    </message>
</context>
<context>
    <name>Shortcuts</name>
    <message>
        <source>Choose a message with the keyboard</source>
        <translation>用键盘选择一条消息</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Continue a reply that was cut off</source>
        <translation>继续被截断的回复</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Copy the last code block</source>
        <translation>复制最后一段代码</translation>
    </message>
    <message>
        <source>Copy the last reply</source>
        <translation>复制最后一条回复</translation>
    </message>
    <message>
        <source>Delete this conversation</source>
        <translation>删除这个对话</translation>
    </message>
    <message>
        <source>Edit your last message</source>
        <translation>编辑你的上一条消息</translation>
    </message>
    <message>
        <source>Edit your last message, from the empty field</source>
        <translation>在空输入框中编辑你的上一条消息</translation>
    </message>
    <message>
        <source>Find in this conversation</source>
        <translation>在本对话中查找</translation>
    </message>
    <message>
        <source>Go to the message field</source>
        <translation>转到输入框</translation>
    </message>
    <message>
        <source>Larger text</source>
        <translation>放大文字</translation>
    </message>
    <message>
        <source>List of shortcuts</source>
        <translation>快捷键列表</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Models: yours, the catalogue, downloads</source>
        <translation>模型：已有的、目录、下载</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新建对话</translation>
    </message>
    <message>
        <source>Next version</source>
        <translation>下一个版本</translation>
    </message>
    <message>
        <source>Normal text size</source>
        <translation>正常文字大小</translation>
    </message>
    <message>
        <source>Previous version</source>
        <translation>上一个版本</translation>
    </message>
    <message>
        <source>Quick ask</source>
        <translation>快速提问</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Regenerate the last reply</source>
        <translation>重新生成最后一条回复</translation>
    </message>
    <message>
        <source>Rename the chosen conversation</source>
        <translation>重命名选中的对话</translation>
    </message>
    <message>
        <source>Search everything</source>
        <translation>搜索全部</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Show or hide the conversations</source>
        <translation>显示或隐藏对话列表</translation>
    </message>
    <message>
        <source>Smaller text</source>
        <translation>缩小文字</translation>
    </message>
    <message>
        <source>Stop the reply, or close what is open</source>
        <translation>停止回复，或关闭打开的内容</translation>
    </message>
    <message>
        <source>Undo a deletion, while that is offered</source>
        <translation>撤销删除（提示还在时）</translation>
    </message>
    <message>
        <source>What can be done with it</source>
        <translation>可以对它做什么</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message numerus="yes">
        <source>%n results are listed</source>
        <translation>
            <numerusform>列出了 %n 条结果</numerusform>
        </translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Export as JSON…</source>
        <translation>导出为 JSON…</translation>
    </message>
    <message>
        <source>Export as Markdown…</source>
        <translation>导出为 Markdown…</translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation>最近 30 天</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>最近 7 天</translation>
    </message>
    <message>
        <source>MMMM yyyy</source>
        <translation>yyyy年M月</translation>
    </message>
    <message>
        <source>Nothing found.</source>
        <translation>没有找到。</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Search everything</source>
        <translation>搜索全部</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>取消置顶</translation>
    </message>
    <message>
        <source>Untitled</source>
        <translation>未命名</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
</context>
<context>
    <name>SpeedLine</name>
    <message>
        <source>Measure again</source>
        <translation>重新测量</translation>
    </message>
    <message>
        <source>Measure this computer</source>
        <translation>测量这台电脑</translation>
    </message>
    <message>
        <source>Speeds are estimates from this computer&apos;s memory. Measuring it takes about ten seconds, and happens by itself once the app rests.</source>
        <translation>速度是根据这台电脑的内存估计的。测量约需十秒，应用空闲时会自动进行。</translation>
    </message>
    <message>
        <source>Speeds follow from what this computer reached when it was measured, {when}: {reached} GB of weights a second.</source>
        <translation>速度根据这台电脑的测量结果得出（{when}）：每秒读取权重 {reached} GB。</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
</context>
<context>
    <name>Statistics</name>
    <message>
        <source>blocked by the safety filter</source>
        <translation>被安全过滤拦截</translation>
    </message>
    <message>
        <source>ended at the length limit</source>
        <translation>达到长度上限</translation>
    </message>
    <message>
        <source>ended: it was repeating itself</source>
        <translation>已结束：它在重复自己</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>first token {seconds} s</source>
        <translation>首个词元 {seconds} 秒</translation>
    </message>
    <message>
        <source>interrupted: the app was closed</source>
        <translation>已中断：应用被关闭</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>{count} tokens</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source>{speed} tok/s</source>
        <translation>{speed} 词元/秒</translation>
    </message>
</context>
<context>
    <name>Strip</name>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
</context>
<context>
    <name>SystemPromptDialog</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示</translation>
    </message>
    <message>
        <source>System prompt of this conversation</source>
        <translation>本对话的系统提示</translation>
    </message>
    <message>
        <source>The model reads it before everything else. It may stay empty.</source>
        <translation>模型最先读到的就是它。可以留空。</translation>
    </message>
</context>
<context>
    <name>Tabs</name>
    <message>
        <source>Sections</source>
        <translation>分区</translation>
    </message>
</context>
<context>
    <name>TemplateCard</name>
    <message>
        <source>Back to the model&apos;s own</source>
        <translation>恢复模型自带的</translation>
    </message>
    <message>
        <source>Chat template</source>
        <translation>聊天模板</translation>
    </message>
    <message>
        <source>Check and use</source>
        <translation>检查并使用</translation>
    </message>
    <message>
        <source>It came with the model. It turns a conversation into the text that the model reads.</source>
        <translation>随模型提供。它把对话变成模型读取的文本。</translation>
    </message>
    <message>
        <source>It renders all conversations it was tried on.</source>
        <translation>它能渲染所有用来试验的对话。</translation>
    </message>
    <message>
        <source>The model has none: it continues text. With one, it could chat.</source>
        <translation>此模型没有模板：它只续写文本。有了模板，它就能对话。</translation>
    </message>
    <message>
        <source>Trying it on ten conversations…</source>
        <translation>正在用十段对话试验…</translation>
    </message>
    <message>
        <source>Yours, in place of the one that came with the model.</source>
        <translation>你编辑的模板，代替模型自带的。</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Undo (Ctrl+Z)</source>
        <translation>撤销（Ctrl+Z）</translation>
    </message>
    <message>
        <source>{text}. Ctrl+Z undoes it.</source>
        <translation>{text}。按 Ctrl+Z 可撤销。</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Add a GGUF file…</source>
        <translation>添加 GGUF 文件…</translation>
    </message>
    <message>
        <source>Add a model folder…</source>
        <translation>添加模型文件夹…</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Conversations (Ctrl+B)</source>
        <translation>对话列表（Ctrl+B）</translation>
    </message>
    <message>
        <source>Could not be loaded</source>
        <translation>无法加载</translation>
    </message>
    <message>
        <source>Get more models…</source>
        <translation>获取更多模型…</translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation>浅色或深色</translation>
    </message>
    <message>
        <source>Load again</source>
        <translation>重新加载</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>正在加载</translation>
    </message>
    <message>
        <source>Memory with {window} tokens of context: {each}</source>
        <translation>上下文 {window} 个词元时的内存：{each}</translation>
    </message>
    <message>
        <source>Model: {name}, {state}</source>
        <translation>模型：{name}，{state}</translation>
    </message>
    <message>
        <source>Not loaded</source>
        <translation>未加载</translation>
    </message>
    <message>
        <source>Settings (Ctrl+,)</source>
        <translation>设置（Ctrl+,）</translation>
    </message>
    <message>
        <source>Stop loading</source>
        <translation>停止加载</translation>
    </message>
    <message>
        <source>Takes up to {size} of memory.</source>
        <translation>最多占用 {size} 内存。</translation>
    </message>
    <message>
        <source>Unload, free the memory</source>
        <translation>卸载，释放内存</translation>
    </message>
    <message>
        <source>{used} of {window} tokens</source>
        <translation>{used} / {window} 词元</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Quick ask</source>
        <translation>快速提问</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Show the window</source>
        <translation>显示窗口</translation>
    </message>
    <message>
        <source>The app cannot stay in the tray.</source>
        <translation>应用无法留在托盘中。</translation>
    </message>
    <message>
        <source>This desktop has no tray that an app can put an icon into.</source>
        <translation>此桌面没有可供应用放置图标的托盘。</translation>
    </message>
    <message>
        <source>Until it has one, closing the window ends the app. On GNOME an extension adds it.</source>
        <translation>在有托盘之前，关闭窗口即退出应用。GNOME 可通过扩展添加托盘。</translation>
    </message>
</context>
<context>
    <name>TryCard</name>
    <message>
        <source>Ask the guard model</source>
        <translation>询问守卫模型</translation>
    </message>
    <message>
        <source>Text to try</source>
        <translation>要试的文字</translation>
    </message>
    <message>
        <source>The filter is off: nothing was looked for, every text passes as it is.</source>
        <translation>过滤已关闭：没有查找任何内容，所有文字都照原样通过。</translation>
    </message>
    <message>
        <source>The guard model is reading…</source>
        <translation>守卫模型正在阅读…</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>试一试</translation>
    </message>
    <message>
        <source>What the filter would make of a reply, as it is set now.</source>
        <translation>按现在的设置，过滤器会怎样处理一条回复。</translation>
    </message>
    <message>
        <source>Write to me@example.org</source>
        <translation>请写信到 me@example.org</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Both can be had later as well.</source>
        <translation>两者以后都可以再选。</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Deleted means gone</source>
        <translation>删除就是彻底消失</translation>
    </message>
    <message>
        <source>Get a larger model</source>
        <translation>获取更大的模型</translation>
    </message>
    <message>
        <source>Here you chat with a language model that runs on your own computer.</source>
        <translation>在这里，你与一个在自己电脑上运行的语言模型对话。</translation>
    </message>
    <message>
        <source>How would you like to begin?</source>
        <translation>你想怎样开始？</translation>
    </message>
    <message>
        <source>It is in the box and ready. It knows one subject: language models and this app.</source>
        <translation>它随应用提供，随时可用。它只懂一个主题：语言模型和这个应用。</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Nothing leaves this computer</source>
        <translation>任何内容都不会离开这台电脑</translation>
    </message>
    <message>
        <source>One that suits this computer and knows the world. You choose which, and when.</source>
        <translation>一个适合这台电脑、了解世界的模型。选哪个、何时选，由你决定。</translation>
    </message>
    <message>
        <source>Private, as it is</source>
        <translation>本来就私密</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>The model runs here. The app opens no connection unless you ask for one, to look for a model or to fetch it.</source>
        <translation>模型在这里运行。除非你要查找或下载模型，应用不会建立任何连接。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>There is nothing to set up.</source>
        <translation>无需任何设置。</translation>
    </message>
    <message>
        <source>Try the guide model</source>
        <translation>试试向导模型</translation>
    </message>
    <message>
        <source>Welcome to Desktop LLM</source>
        <translation>欢迎使用 Desktop LLM</translation>
    </message>
    <message>
        <source>What you delete is overwritten on the disk, not only hidden.</source>
        <translation>删除的内容会在磁盘上被覆写，而不只是隐藏。</translation>
    </message>
    <message>
        <source>What you write is kept encrypted</source>
        <translation>你写的内容加密保存</translation>
    </message>
</context>
<context>
    <name>errors</name>
    <message>
        <source>A guard model classifies texts or writes its verdict; this one does neither.</source>
        <translation>守卫模型要么给文字分类，要么写出判断；这个模型两者都不能。</translation>
    </message>
    <message>
        <source>A model must not read other files, so it was not opened.</source>
        <translation>模型不得读取其他文件，因此没有打开。</translation>
    </message>
    <message>
        <source>A preset needs a name.</source>
        <translation>预设需要一个名称。</translation>
    </message>
    <message>
        <source>Another copy of the app is busy with the same files.</source>
        <translation>应用的另一个副本正在使用相同的文件。</translation>
    </message>
    <message>
        <source>Ask for the rest in a new message, or choose a model with a larger context window.</source>
        <translation>请在新消息中询问其余内容，或选择上下文窗口更大的模型。</translation>
    </message>
    <message>
        <source>Check that the file is there and that you may read it.</source>
        <translation>请检查文件是否存在，以及你是否有权读取。</translation>
    </message>
    <message>
        <source>Choose a model of a common architecture, such as Llama, Qwen or Mistral.</source>
        <translation>请选择常见架构的模型，如 Llama、Qwen 或 Mistral。</translation>
    </message>
    <message>
        <source>Choose another guard model in the settings of the safety filter.</source>
        <translation>请在安全过滤器的设置中选择其他守卫模型。</translation>
    </message>
    <message>
        <source>Choose another name.</source>
        <translation>请换一个名称。</translation>
    </message>
    <message>
        <source>Choose fp32 as the precision, neutralise the sampling settings, or another model.</source>
        <translation>请把精度设为 fp32、中和采样设置，或选择另一个模型。</translation>
    </message>
    <message>
        <source>Choose one at the top of the window.</source>
        <translation>请在窗口顶部选择一个。</translation>
    </message>
    <message>
        <source>Choose the folder that holds config.json and model.safetensors.</source>
        <translation>请选择含有 config.json 和 model.safetensors 的文件夹。</translation>
    </message>
    <message>
        <source>Choose the folder that holds the model&apos;s config.json.</source>
        <translation>请选择含有模型 config.json 的文件夹。</translation>
    </message>
    <message>
        <source>Choose the same model in Q4_K_M or Q8_0.</source>
        <translation>请选择同一模型的 Q4_K_M 或 Q8_0 版本。</translation>
    </message>
    <message>
        <source>--stream needs a number of code points, at least 1.</source>
        <translation>--stream 需要一个码点数，至少为 1。</translation>
    </message>
    <message>
        <source>A ( has no ).</source>
        <translation>有一个 ( 没有配对的 )。</translation>
    </message>
    <message>
        <source>A PIN has {SHORTEST} to {LONGEST} characters.</source>
        <translation>PIN 需要 {SHORTEST} 到 {LONGEST} 个字符。</translation>
    </message>
    <message>
        <source>A [ ] is empty.</source>
        <translation>有一个 [ ] 是空的。</translation>
    </message>
    <message>
        <source>A [ has no ].</source>
        <translation>有一个 [ 没有配对的 ]。</translation>
    </message>
    <message>
        <source>A file stands where a folder must be.</source>
        <translation>应是文件夹的位置上有一个文件。</translation>
    </message>
    <message>
        <source>A model of this kind does not exist: choose another copy, or another model.</source>
        <translation>没有这样的模型：请选择另一份，或另一个模型。</translation>
    </message>
    <message>
        <source>A name in its path is not text in UTF-8.</source>
        <translation>它的路径中有一个名称不是 UTF-8 编码的文本。</translation>
    </message>
    <message>
        <source>A newer version of the app wrote it.</source>
        <translation>它由更新版本的应用写入。</translation>
    </message>
    <message>
        <source>A pattern in it is longer than any real one.</source>
        <translation>其中有一个模式比任何真实的都长。</translation>
    </message>
    <message>
        <source>A prompt and {new} new tokens do not fit into the context window of {window} tokens.</source>
        <translation>一条提示词加上 {new} 个新词元放不进 {window} 个词元的上下文窗口。</translation>
    </message>
    <message>
        <source>Add it to the models, or choose another one.</source>
        <translation>请将它添加到模型中，或选择另一个模型。</translation>
    </message>
    <message>
        <source>Another program has these keys.</source>
        <translation>另一个程序占用了这些按键。</translation>
    </message>
    <message>
        <source>Another program holds it.</source>
        <translation>另一个程序正占用它。</translation>
    </message>
    <message>
        <source>Another window or command of the app does it.</source>
        <translation>应用的另一个窗口或命令正在下载它。</translation>
    </message>
    <message>
        <source>Another window or command of the app moves them.</source>
        <translation>应用的另一个窗口或命令正在移动它们。</translation>
    </message>
    <message>
        <source>Apple&apos;s GPU</source>
        <translation>Apple 显卡</translation>
    </message>
    <message>
        <source>Ask for a simpler form.</source>
        <translation>请使用更简单的格式。</translation>
    </message>
    <message>
        <source>Ask for another form, or choose another model.</source>
        <translation>请改用其他格式，或选择其他模型。</translation>
    </message>
    <message>
        <source>Back-references cannot be used here.</source>
        <translation>这里不能使用反向引用。</translation>
    </message>
    <message>
        <source>Bind the command &quot;desktop-llm --quick-ask&quot; to keys in the desktop&apos;s keyboard settings instead.</source>
        <translation>请改在桌面的键盘设置里把命令“desktop-llm --quick-ask”绑定到按键。</translation>
    </message>
    <message>
        <source>Check the disk and try again.</source>
        <translation>请检查磁盘后重试。</translation>
    </message>
    <message>
        <source>Check the hub&apos;s address and the proxy in Settings, Privacy.</source>
        <translation>请检查“设置 › 隐私”中模型站的地址和代理。</translation>
    </message>
    <message>
        <source>Check the name.</source>
        <translation>请检查名称。</translation>
    </message>
    <message>
        <source>Check the name. For a model with terms of use, put your access token into Settings, Privacy.</source>
        <translation>请检查名称。对于有使用条款的模型，请在“设置 › 隐私”中填写访问令牌。</translation>
    </message>
    <message>
        <source>Check the network, and the hub&apos;s address and proxy in Settings, Privacy.</source>
        <translation>请检查网络，以及“设置 › 隐私”中模型站的地址和代理。</translation>
    </message>
    <message>
        <source>Choose a folder outside.</source>
        <translation>请选择外面的文件夹。</translation>
    </message>
    <message>
        <source>Choose a folder that you may write to, on a disk with enough space.</source>
        <translation>请选择一个可写、所在磁盘空间充足的文件夹。</translation>
    </message>
    <message>
        <source>Choose a folder with another name.</source>
        <translation>请选择另一个名称的文件夹。</translation>
    </message>
    <message>
        <source>Choose a model&apos;s folder, or a file that ends in .gguf.</source>
        <translation>请选择模型的文件夹，或以 .gguf 结尾的文件。</translation>
    </message>
    <message>
        <source>Choose a small model of the same family as its draft model, or none.</source>
        <translation>请选择同一系列的小模型作为草稿模型，或不使用草稿模型。</translation>
    </message>
    <message>
        <source>Choose an adapter that was trained on this model.</source>
        <translation>请选择在这个模型上训练的适配器。</translation>
    </message>
    <message>
        <source>Choose an empty or a new folder.</source>
        <translation>请选择空文件夹或新文件夹。</translation>
    </message>
    <message>
        <source>Choose another file of it, or another model.</source>
        <translation>请选择其中的另一个文件，或另一个模型。</translation>
    </message>
    <message>
        <source>Choose another model in the menu at the top; it is only loaded when chosen.</source>
        <translation>请在顶部的菜单中选择另一个模型；选中才会加载。</translation>
    </message>
    <message>
        <source>Choose free text in the sampling settings, or another model.</source>
        <translation>请在采样设置中选择自由文本，或选择其他模型。</translation>
    </message>
    <message>
        <source>Choose one of these, such as Llama, Qwen, Mistral, GPT-2 or T5.</source>
        <translation>请选择这类模型，如 Llama、Qwen、Mistral、GPT-2 或 T5。</translation>
    </message>
    <message>
        <source>Choose other keys in Settings, General, or in the desktop&apos;s keyboard settings.</source>
        <translation>请在“设置 › 常规”中，或在桌面的键盘设置里选别的按键。</translation>
    </message>
    <message>
        <source>Choose other keys in Settings, General.</source>
        <translation>请在“设置 › 常规”中选别的按键。</translation>
    </message>
    <message>
        <source>Choose the first part, whose name ends in {ending}.</source>
        <translation>请选择第一部分，其名称以 {ending} 结尾。</translation>
    </message>
    <message>
        <source>Choose the folder that PEFT saved.</source>
        <translation>请选择 PEFT 保存的文件夹。</translation>
    </message>
    <message>
        <source>Choose the model again.</source>
        <translation>请重新选择模型。</translation>
    </message>
    <message>
        <source>Choose the safetensors version of the same model.</source>
        <translation>请选择同一模型的 safetensors 版本。</translation>
    </message>
    <message>
        <source>Choose the same model in bf16 or fp16, or as a GGUF file.</source>
        <translation>请选择同一模型的 bf16 或 fp16 版本，或 GGUF 文件。</translation>
    </message>
    <message>
        <source>Close it. The next change of the history then cuts its log.</source>
        <translation>请关闭那个程序；历史记录下次更改时会清空日志。</translation>
    </message>
    <message>
        <source>Close other programs and try again, or choose another model.</source>
        <translation>请关闭其他程序后重试，或选择另一个模型。</translation>
    </message>
    <message>
        <source>Close other programs and try again.</source>
        <translation>请关闭其他程序后重试。</translation>
    </message>
    <message>
        <source>Close other programs, or choose a smaller guard model.</source>
        <translation>请关闭其他程序，或选择更小的守卫模型。</translation>
    </message>
    <message>
        <source>Close other programs, or choose a smaller model.</source>
        <translation>请关闭其他程序，或选择更小的模型。</translation>
    </message>
    <message>
        <source>Close other programs, or unload the model, and try again.</source>
        <translation>请关闭其他程序或卸载模型，然后重试。</translation>
    </message>
    <message>
        <source>Close programs that use it, or delete it yourself.</source>
        <translation>请关闭使用它的程序，或自行删除。</translation>
    </message>
    <message>
        <source>Close the other program and try again.</source>
        <translation>请关闭那个程序后重试。</translation>
    </message>
    <message>
        <source>Close what else has that file open, or delete it yourself.</source>
        <translation>请关闭打开该文件的其他程序，或自行删除该文件。</translation>
    </message>
    <message>
        <source>Close what else may have the file open, or give yourself the right to read it, and try again.</source>
        <translation>请关闭可能打开了该文件的其他程序，或给自己读取它的权限，然后重试。</translation>
    </message>
    <message>
        <source>Copy it again, without what stands beside it.</source>
        <translation>请重新复制，不要带上旁边的内容。</translation>
    </message>
    <message>
        <source>Copy the part that you want to ask about, and paste it here.</source>
        <translation>复制想要询问的部分，粘贴到这里。</translation>
    </message>
    <message>
        <source>Copy the text that you want to ask about, and paste it here.</source>
        <translation>复制想要询问的文字，粘贴到这里。</translation>
    </message>
    <message>
        <source>Copy tokenizer.json from the place the model came from, or download it again.</source>
        <translation>请从模型的来源处复制 tokenizer.json，或重新下载。</translation>
    </message>
    <message>
        <source>Correct it, or move it elsewhere, and try again.</source>
        <translation>请改正它，或把它移到别处，然后重试。</translation>
    </message>
    <message>
        <source>Delete something, or keep models on another disk.</source>
        <translation>请删除一些内容，或把模型存到另一个磁盘。</translation>
    </message>
    <message>
        <source>Deleted text may still be in the history&apos;s log.</source>
        <translation>已删除的文字可能仍在历史记录的日志中。</translation>
    </message>
    <message>
        <source>Deleted text may still be in {path}, a copy of the history.</source>
        <translation>已删除的文字可能仍在历史记录的副本 {path} 中。</translation>
    </message>
    <message>
        <source>Did you mean {models}?</source>
        <translation>你要找的是 {models} 吗？</translation>
    </message>
    <message>
        <source>Did you mean {near}?</source>
        <translation>你要找的是 {near} 吗？</translation>
    </message>
    <message>
        <source>Do not use this copy of the model.</source>
        <translation>请不要使用这份模型。</translation>
    </message>
    <message>
        <source>Do not use this copy. Look for the model from a publisher you trust.</source>
        <translation>请不要使用这一份。请从你信任的发布者那里找这个模型。</translation>
    </message>
    <message>
        <source>Download it again, or choose another model.</source>
        <translation>请重新下载，或选择另一个模型。</translation>
    </message>
    <message>
        <source>Download it again.</source>
        <translation>请重新下载。</translation>
    </message>
    <message>
        <source>Each must be a label, = and one of these: {categories}.</source>
        <translation>每一项都必须是一个标签、= 以及以下之一：{categories}。</translation>
    </message>
    <message>
        <source>Each must be a text, = and a number: Paris=2.</source>
        <translation>每一项应为文字、= 和一个数：Paris=2。</translation>
    </message>
    <message>
        <source>Edit the question, or make the reply again.</source>
        <translation>请编辑问题，或重新生成回复。</translation>
    </message>
    <message>
        <source>Every request is written down first, and {path} cannot be written. The system says: {said}.</source>
        <translation>每个请求都会先记录下来，而 {path} 无法写入。系统报告：{said}。</translation>
    </message>
    <message>
        <source>Files that could run a program (.bin, .pt, .py) are never fetched.</source>
        <translation>可能运行程序的文件（.bin、.pt、.py）从不下载。</translation>
    </message>
    <message>
        <source>Free some space and start again.</source>
        <translation>请腾出一些空间后重新启动。</translation>
    </message>
    <message>
        <source>Free some space and try again.</source>
        <translation>请腾出一些空间后重试。</translation>
    </message>
    <message>
        <source>Free some space, check the disk, and try again.</source>
        <translation>请腾出一些空间，检查磁盘，然后重试。</translation>
    </message>
    <message>
        <source>Free some space, or check the folder&apos;s permissions.</source>
        <translation>请腾出一些空间，或检查文件夹的权限。</translation>
    </message>
    <message>
        <source>Free some space, or check the folder&apos;s permissions. What has arrived is kept.</source>
        <translation>请腾出一些空间，或检查文件夹的权限。已下载的部分会保留。</translation>
    </message>
    <message>
        <source>Give a bound: {0,20} instead of *, {1,20} instead of +.</source>
        <translation>请写明上限：用 {0,20} 代替 *，用 {1,20} 代替 +。</translation>
    </message>
    <message>
        <source>Give a larger --context or a smaller --new.</source>
        <translation>请给出更大的 --context 或更小的 --new。</translation>
    </message>
    <message>
        <source>Give a question, or - and some input.</source>
        <translation>请给出一个问题，或 - 和一些输入。</translation>
    </message>
    <message>
        <source>Give a smaller --new.</source>
        <translation>请给出更小的 --new。</translation>
    </message>
    <message>
        <source>Give an address that begins with https://.</source>
        <translation>请填写以 https:// 开头的地址。</translation>
    </message>
    <message>
        <source>Give an http proxy in Settings, Privacy, or take that one away.</source>
        <translation>请在“设置 › 隐私”中填写一个 http 代理，或去掉那一个。</translation>
    </message>
    <message>
        <source>Give http://HOST:PORT.</source>
        <translation>请填写 http://主机:端口。</translation>
    </message>
    <message>
        <source>Give https://HOST, or https://HOST:PORT.</source>
        <translation>请填写 https://主机，或 https://主机:端口。</translation>
    </message>
    <message>
        <source>Give it anew in Settings, Privacy.</source>
        <translation>请在“设置 › 隐私”中重新填写。</translation>
    </message>
    <message>
        <source>Give it as OWNER/NAME, for example Qwen/Qwen3-0.6B.</source>
        <translation>请按“所有者/名称”填写，例如 Qwen/Qwen3-0.6B。</translation>
    </message>
    <message>
        <source>Give it as one line. An empty line forgets the one that is kept.</source>
        <translation>请将它作为一行给出。空行会删除已保存的令牌。</translation>
    </message>
    <message>
        <source>Give more.</source>
        <translation>请给出更多字符。</translation>
    </message>
    <message>
        <source>Give them the names they had, of which the first ends in {ending}.</source>
        <translation>请恢复它们原来的名称，第一部分的名称以 {ending} 结尾。</translation>
    </message>
    <message>
        <source>Give yourself the right to write it.</source>
        <translation>请为自己开通写入它的权限。</translation>
    </message>
    <message>
        <source>Give yourself the right to write there.</source>
        <translation>请为自己开通在那里写入的权限。</translation>
    </message>
    <message>
        <source>Granite Guardian gave no score.</source>
        <translation>Granite Guardian 没有给出评分。</translation>
    </message>
    <message>
        <source>Groups are nested too deep.</source>
        <translation>分组嵌套过深。</translation>
    </message>
    <message>
        <source>Groups that look around or have names are not known.</source>
        <translation>不支持环视分组和命名分组。</translation>
    </message>
    <message>
        <source>If the change is yours, add the model again, or run: desktop-llm models verify {id} --accept. If not, download it again.</source>
        <translation>如果是你改动的，请重新添加模型，或运行：desktop-llm models verify {id} --accept。否则请重新下载。</translation>
    </message>
    <message>
        <source>Install the Microsoft Visual C++ Redistributable from https://aka.ms/vs/17/release/vc_redist.x64.exe, then start the app again.</source>
        <translation>请从 https://aka.ms/vs/17/release/vc_redist.x64.exe 安装 Microsoft Visual C++ 可再发行组件包，然后重新启动本应用。</translation>
    </message>
    <message>
        <source>Install the app again.</source>
        <translation>请重新安装应用。</translation>
    </message>
    <message>
        <source>It adds more special tokens to every text than any model&apos;s.</source>
        <translation>它给每段文本加上的特殊词元比任何模型的都多。</translation>
    </message>
    <message>
        <source>It answered {status}.</source>
        <translation>它回答了 {status}。</translation>
    </message>
    <message>
        <source>It asks for its own program code to be trusted; the app runs none.</source>
        <translation>它要求信任自带的程序代码；应用不运行任何这样的代码。</translation>
    </message>
    <message>
        <source>It asks who is there (401).</source>
        <translation>它要求验证身份（401）。</translation>
    </message>
    <message>
        <source>It cannot be read: {failure}.</source>
        <translation>无法读取：{failure}。</translation>
    </message>
    <message>
        <source>It cannot be used: {failure}</source>
        <translation>无法使用：{failure}</translation>
    </message>
    <message>
        <source>It changes experts one by one ({path}), which lie in one matrix here.</source>
        <translation>它逐个改动专家（{path}），而在这里专家合在一个矩阵中。</translation>
    </message>
    <message>
        <source>It changes {layer} in another way.</source>
        <translation>它以另一种方式改动 {layer}。</translation>
    </message>
    <message>
        <source>It connects to nothing unless you allow it.</source>
        <translation>除非你允许，它不连接任何地方。</translation>
    </message>
    <message>
        <source>It could match {high} characters; {most} is the most.</source>
        <translation>它可能匹配 {high} 个字符；最多为 {most} 个。</translation>
    </message>
    <message>
        <source>It does not say which architecture it has.</source>
        <translation>它没有说明自己的架构。</translation>
    </message>
    <message>
        <source>It fills every text up to {number} tokens.</source>
        <translation>它把每段文本都填充到 {number} 个词元。</translation>
    </message>
    <message>
        <source>It has GGUF files: name the one to fetch (--files NAME.gguf).</source>
        <translation>它有 GGUF 文件：请指明要下载哪一个（--files NAME.gguf）。</translation>
    </message>
    <message>
        <source>It has no token that ends a reply.</source>
        <translation>它没有结束回复的词元。</translation>
    </message>
    <message>
        <source>It has no vocabulary.</source>
        <translation>它没有词表。</translation>
    </message>
    <message>
        <source>It has {ids} tokens with the question; the guard model reads {room}.</source>
        <translation>连同问题有 {ids} 个词元；守卫模型只读取 {room} 个。</translation>
    </message>
    <message>
        <source>It has {size} bytes, and its header speaks of {wanted}.</source>
        <translation>它有 {size} 字节，而文件头说有 {wanted}。</translation>
    </message>
    <message>
        <source>It has {tokens} tokens and {rows} embeddings.</source>
        <translation>它有 {tokens} 个词元，却有 {rows} 个嵌入。</translation>
    </message>
    <message>
        <source>It has {tokens} tokens; the model writes {window} at most.</source>
        <translation>它有 {tokens} 个词元；该模型最多写 {window} 个。</translation>
    </message>
    <message>
        <source>It holds no JSON object.</source>
        <translation>其中没有 JSON 对象。</translation>
    </message>
    <message>
        <source>It holds no list of folders.</source>
        <translation>其中没有文件夹列表。</translation>
    </message>
    <message>
        <source>It holds no weights.</source>
        <translation>其中没有权重。</translation>
    </message>
    <message>
        <source>It holds the hub&apos;s access token: {reason}.</source>
        <translation>它保存着模型站的访问令牌：{reason}。</translation>
    </message>
    <message>
        <source>It holds {path}.</source>
        <translation>它占用着 {path}。</translation>
    </message>
    <message>
        <source>It holds {sign}, and a token has letters, digits and signs of ASCII alone.</source>
        <translation>其中含有 {sign}，而令牌只由 ASCII 字母、数字和符号组成。</translation>
    </message>
    <message>
        <source>It holds {tensor}, which this app does not know.</source>
        <translation>它含有 {tensor}，而本应用不认识它。</translation>
    </message>
    <message>
        <source>It is a later part of a model in several files.</source>
        <translation>它是由多个文件组成的模型的后续部分。</translation>
    </message>
    <message>
        <source>It is a link to outside the model&apos;s own folder.</source>
        <translation>它是指向模型文件夹之外的链接。</translation>
    </message>
    <message>
        <source>It is a link to {target}, and nothing is there.</source>
        <translation>它是指向 {target} 的链接，而那里什么也没有。</translation>
    </message>
    <message>
        <source>It is a link to {target}, outside the model&apos;s own folder.</source>
        <translation>它是指向模型文件夹之外 {target} 的链接。</translation>
    </message>
    <message>
        <source>It is a pickle or an archive of pickles: opening it can run any program.</source>
        <translation>它是 pickle 文件或 pickle 的归档：打开它可能运行任意程序。</translation>
    </message>
    <message>
        <source>It is damaged.</source>
        <translation>它已损坏。</translation>
    </message>
    <message>
        <source>It is in no keyring of this system and in no key file.</source>
        <translation>它既不在系统的钥匙串中，也不在密钥文件中。</translation>
    </message>
    <message>
        <source>It is larger than {most} MiB.</source>
        <translation>它大于 {most} MiB。</translation>
    </message>
    <message>
        <source>It is longer than any real chat template.</source>
        <translation>它比任何真实的聊天模板都长。</translation>
    </message>
    <message>
        <source>It is neither safetensors nor GGUF.</source>
        <translation>它既不是 safetensors，也不是 GGUF。</translation>
    </message>
    <message>
        <source>It is nested deeper than any real one.</source>
        <translation>它的嵌套比任何真实的都深。</translation>
    </message>
    <message>
        <source>It is no file but a pipe, a socket or a device.</source>
        <translation>它不是文件，而是管道、套接字或设备。</translation>
    </message>
    <message>
        <source>It is no model by itself but of the kind {kind}.</source>
        <translation>它本身不是模型，而是 {kind} 一类。</translation>
    </message>
    <message>
        <source>It is not JSON.</source>
        <translation>它不是 JSON。</translation>
    </message>
    <message>
        <source>It is not UTF-8 text.</source>
        <translation>它不是 UTF-8 文本。</translation>
    </message>
    <message>
        <source>It is not a text in UTF-8.</source>
        <translation>它不是 UTF-8 编码的文本。</translation>
    </message>
    <message>
        <source>It is not valid JSON.</source>
        <translation>不是有效的 JSON。</translation>
    </message>
    <message>
        <source>It is one of {count} parts of a model, and its name does not tell the others.</source>
        <translation>它是模型的 {count} 个部分之一，而从它的名称看不出其他部分。</translation>
    </message>
    <message>
        <source>It is too large, or goes on for ever.</source>
        <translation>它太大，或者没有尽头。</translation>
    </message>
    <message>
        <source>It is {kind}.</source>
        <translation>它的类型是 {kind}。</translation>
    </message>
    <message>
        <source>It is {size} bytes.</source>
        <translation>它有 {size} 字节。</translation>
    </message>
    <message>
        <source>It lists no weights.</source>
        <translation>其中没有列出权重。</translation>
    </message>
    <message>
        <source>It makes {signs} characters of {tokens} tokens.</source>
        <translation>它把 {tokens} 个词元变成 {signs} 个字符。</translation>
    </message>
    <message>
        <source>It makes {tokens} tokens of {signs} characters.</source>
        <translation>它把 {signs} 个字符变成 {tokens} 个词元。</translation>
    </message>
    <message>
        <source>It matches the empty text.</source>
        <translation>它会匹配空文本。</translation>
    </message>
    <message>
        <source>It may be an adapter, or a model of another kind.</source>
        <translation>它可能是一个适配器，或另一类模型。</translation>
    </message>
    <message>
        <source>It may be newer than this version of the app.</source>
        <translation>它可能比这个版本的应用更新。</translation>
    </message>
    <message>
        <source>It may not be written.</source>
        <translation>它不允许写入。</translation>
    </message>
    <message>
        <source>It must be like Ctrl+Alt+Space: Ctrl, Alt or Meta, and a letter, a digit, a function key, an arrow or Space.</source>
        <translation>应当像 Ctrl+Alt+Space 这样：Ctrl、Alt 或 Meta，加一个字母、数字、功能键、方向键或空格。</translation>
    </message>
    <message>
        <source>It must be {info}.</source>
        <translation>应为：{info}。</translation>
    </message>
    <message>
        <source>It names its layers by a pattern that cannot be read.</source>
        <translation>它用来指定层的模式无法读取。</translation>
    </message>
    <message>
        <source>It names the tensor {name}, which no file holds.</source>
        <translation>它提到张量 {name}，但没有文件包含它。</translation>
    </message>
    <message>
        <source>It needs a JSON schema, a regular expression or choices.</source>
        <translation>需要 JSON 模式、正则表达式或选项。</translation>
    </message>
    <message>
        <source>It needs a tokenizer.json.</source>
        <translation>需要 tokenizer.json。</translation>
    </message>
    <message>
        <source>It needs {CONFIG} and {WEIGHTS}.</source>
        <translation>需要 {CONFIG} 和 {WEIGHTS}。</translation>
    </message>
    <message>
        <source>It needs {needed} GB, and {free} GB are free.</source>
        <translation>需要 {needed} GB，可用 {free} GB。</translation>
    </message>
    <message>
        <source>It needs {needed}, and {free} are free beside its draft model.</source>
        <translation>它需要 {needed}，而除去草稿模型后只剩 {free} 可用。</translation>
    </message>
    <message>
        <source>It needs {needed}, and {free} are free.</source>
        <translation>需要 {needed}，可用 {free}。</translation>
    </message>
    <message>
        <source>It needs {wanted} GB more, and {free} GB are free where models are kept ({folder}).</source>
        <translation>还需要 {wanted} GB，而存放模型的地方（{folder}）只有 {free} GB 空闲。</translation>
    </message>
    <message>
        <source>It puts a long text before every text.</source>
        <translation>它在每段文本前加上一大段文本。</translation>
    </message>
    <message>
        <source>It renders nothing.</source>
        <translation>渲染结果为空。</translation>
    </message>
    <message>
        <source>It renders {count} of {all} conversations; the first that fails: {failure}</source>
        <translation>它能渲染 {all} 个对话中的 {count} 个；第一个失败的：{failure}</translation>
    </message>
    <message>
        <source>It says that {name} is in {file}, and it is not.</source>
        <translation>它说 {name} 在 {file} 中，其实不在。</translation>
    </message>
    <message>
        <source>It says: {failure}.</source>
        <translation>它说：{failure}。</translation>
    </message>
    <message>
        <source>It scales the positions of its tokens in a way that this app does not know ({kind}).</source>
        <translation>它缩放词元位置的方式本应用不认识（{kind}）。</translation>
    </message>
    <message>
        <source>It speaks of a {extent} of {value}, and no weight has that size.</source>
        <translation>它说{extent}为 {value}，但没有任何权重是这个大小。</translation>
    </message>
    <message>
        <source>It speaks of {layers} layers, and the weights have {found}.</source>
        <translation>它说有 {layers} 层，而权重只有 {found} 层。</translation>
    </message>
    <message>
        <source>It speaks of {layers} layers, and {found} are in it.</source>
        <translation>它说有 {layers} 层，而其中只有 {found} 层。</translation>
    </message>
    <message>
        <source>It stays as it is. Mend that file, or move it away and link the models again.</source>
        <translation>列表保持原样。请修复该文件，或把它移到别处，然后重新链接这些模型。</translation>
    </message>
    <message>
        <source>It unfolds to too many parts.</source>
        <translation>它展开后的部分过多。</translation>
    </message>
    <message>
        <source>It was changed or is damaged.</source>
        <translation>它被改动过，或已损坏。</translation>
    </message>
    <message>
        <source>It was declined, or the keys are taken.</source>
        <translation>请求被拒绝，或者按键已被占用。</translation>
    </message>
    <message>
        <source>It was deleted.</source>
        <translation>它已被删除。</translation>
    </message>
    <message>
        <source>It was left as it is. Put back the right key or a copy of the file, or move the file elsewhere to start with a new history.</source>
        <translation>文件保持原样。请放回正确的密钥或文件副本，或把文件移到别处以开始新的历史记录。</translation>
    </message>
    <message>
        <source>It was not exported by this app as JSON.</source>
        <translation>它不是由本应用导出的 JSON。</translation>
    </message>
    <message>
        <source>It was trained beside weights of the model that were changed first ({kind}).</source>
        <translation>它训练时所依附的模型权重事先已被改动（{kind}）。</translation>
    </message>
    <message>
        <source>It was trained on a model whose layers were repeated.</source>
        <translation>它是在重复了若干层的模型上训练的。</translation>
    </message>
    <message>
        <source>It was withdrawn, has expired, or is not whole (401).</source>
        <translation>它已被撤销、已过期，或者不完整（401）。</translation>
    </message>
    <message>
        <source>It would be another folder wherever the app is started from, or nobody&apos;s home folder.</source>
        <translation>应用从不同的位置启动时，它会是不同的文件夹；或者它不是任何用户的主文件夹。</translation>
    </message>
    <message>
        <source>Its added tokens are more or longer than any model&apos;s.</source>
        <translation>它附加的词元比任何模型的都多或都长。</translation>
    </message>
    <message>
        <source>Its authors ask you to accept their terms first (403).</source>
        <translation>它的作者要求先接受条款（403）。</translation>
    </message>
    <message>
        <source>Its chat template cannot be read: {error}</source>
        <translation>无法读取它的聊天模板：{error}</translation>
    </message>
    <message>
        <source>Its chat template is longer than any real one.</source>
        <translation>它的聊天模板比任何真实的都长。</translation>
    </message>
    <message>
        <source>Its chat template makes more than {most} characters of a few words.</source>
        <translation>它的聊天模板把寥寥数语变成超过 {most} 个字符。</translation>
    </message>
    <message>
        <source>Its chat template reaches for more: {error}</source>
        <translation>它的聊天模板试图访问不该访问的东西：{error}</translation>
    </message>
    <message>
        <source>Its chat template renders no conversation: {failure}</source>
        <translation>它的聊天模板无法表达任何对话：{failure}</translation>
    </message>
    <message>
        <source>Its content has changed since: by an update, by damage, or by someone else.</source>
        <translation>之后它的内容变了：由于更新、损坏，或他人改动。</translation>
    </message>
    <message>
        <source>Its file or folder cannot be opened.</source>
        <translation>它的文件或文件夹无法打开。</translation>
    </message>
    <message>
        <source>Its file or folder may not be written.</source>
        <translation>它的文件或文件夹不允许写入。</translation>
    </message>
    <message>
        <source>Its files are incomplete.</source>
        <translation>它的文件不完整。</translation>
    </message>
    <message>
        <source>Its form has the number {version}; this version knows {VERSION}.</source>
        <translation>它的格式编号为 {version}；这个版本只认识 {VERSION}。</translation>
    </message>
    <message>
        <source>Its hash differs from the one that the hub gives, twice in a row.</source>
        <translation>它的哈希值连续两次与模型站给出的不同。</translation>
    </message>
    <message>
        <source>Its key is in the system&apos;s keyring ({keyring}), and {error}.</source>
        <translation>它的密钥在系统的钥匙串（{keyring}）中，而 {error}。</translation>
    </message>
    <message>
        <source>Its key is the wrong one, or the file is damaged.</source>
        <translation>密钥不对，或文件已损坏。</translation>
    </message>
    <message>
        <source>Its layer {path} is of another size.</source>
        <translation>它的层 {path} 大小不同。</translation>
    </message>
    <message>
        <source>Its newest part, {log_of}, is still there.</source>
        <translation>它最新的部分 {log_of} 还在。</translation>
    </message>
    <message>
        <source>Its steps are nested deeper than in any real one.</source>
        <translation>它的步骤嵌套得比任何真实的都深。</translation>
    </message>
    <message>
        <source>Its tables have version {found}; this app knows up to {newest}.</source>
        <translation>它的表是版本 {found}；这个应用只认识到 {newest}。</translation>
    </message>
    <message>
        <source>Its tensor {name} holds values that are no numbers (NaN).</source>
        <translation>它的张量 {name} 含有不是数的值（NaN）。</translation>
    </message>
    <message>
        <source>Its tensor {name} is in another file of the model too.</source>
        <translation>它的张量 {name} 也在模型的另一个文件中。</translation>
    </message>
    <message>
        <source>Its tokenizer cuts texts in a way that this app does not know ({way}).</source>
        <translation>它的分词器切分文本的方式（{way}）本应用不认识。</translation>
    </message>
    <message>
        <source>Its tokenizer is of a kind that the app cannot do that with.</source>
        <translation>应用无法对这种分词器做到这一点。</translation>
    </message>
    <message>
        <source>Its vocabulary is larger than any model&apos;s.</source>
        <translation>它的词表比任何模型的都大。</translation>
    </message>
    <message>
        <source>Its vocabulary is of an impossible size ({size}).</source>
        <translation>它的词表大小不可能成立（{size}）。</translation>
    </message>
    <message>
        <source>Its vocabulary numbers a token in an impossible way.</source>
        <translation>它的词表中有词元的编号不可能成立。</translation>
    </message>
    <message>
        <source>Its weights are packed ({kind}).</source>
        <translation>它的权重是打包的（{kind}）。</translation>
    </message>
    <message>
        <source>Its weights are pickles (.bin, .pt): opening such a file can run any program.</source>
        <translation>它的权重是 pickle 文件（.bin、.pt）：打开这种文件可能会运行任意程序。</translation>
    </message>
    <message>
        <source>Its weights may be damaged, its precision too low, or every token is forbidden.</source>
        <translation>权重可能损坏、精度太低，或所有词元都被禁用。</translation>
    </message>
    <message>
        <source>Its {part} makes a text many times as long.</source>
        <translation>它的 {part} 会使文本变长许多倍。</translation>
    </message>
    <message>
        <source>Known are \d \w \s \n \t and \b at the ends.</source>
        <translation>可用的有 \d \w \s \n \t，以及首尾的 \b。</translation>
    </message>
    <message>
        <source>Llama Guard answered neither safe nor unsafe.</source>
        <translation>Llama Guard 的回答既不是 safe，也不是 unsafe。</translation>
    </message>
    <message>
        <source>Load the model that it was trained on, and choose the adapter in the sampling settings, under Advanced.</source>
        <translation>请加载训练它时所用的模型，然后在采样设置的“高级”中选择这个适配器。</translation>
    </message>
    <message>
        <source>Loading the guard model was stopped.</source>
        <translation>守卫模型的加载被停止了。</translation>
    </message>
    <message>
        <source>Look for a copy of the model that has tokenizer.json.</source>
        <translation>请找一份带有 tokenizer.json 的模型。</translation>
    </message>
    <message>
        <source>Look for a newer file of the same model.</source>
        <translation>请找同一模型的更新文件。</translation>
    </message>
    <message>
        <source>Look for the same model as safetensors or GGUF.</source>
        <translation>请找同一模型的 safetensors 或 GGUF 版本。</translation>
    </message>
    <message>
        <source>Look for the same model as safetensors or GGUF; most are offered so.</source>
        <translation>请寻找同一模型的 safetensors 或 GGUF 版本；大多数模型都有。</translation>
    </message>
    <message>
        <source>Look for the same model as safetensors, or choose another one.</source>
        <translation>请找同一模型的 safetensors 版本，或选择另一个。</translation>
    </message>
    <message>
        <source>Look for the same model as safetensors; most are offered so.</source>
        <translation>请找同一模型的 safetensors 版本；大多数都有。</translation>
    </message>
    <message>
        <source>Looking at it does not end: {seconds} seconds of computing were not enough.</source>
        <translation>检查无法结束：计算了 {seconds} 秒仍未结束。</translation>
    </message>
    <message>
        <source>Looking at it took longer than {seconds} seconds.</source>
        <translation>检查它用了超过 {seconds} 秒。</translation>
    </message>
    <message>
        <source>Make a part of it obligatory.</source>
        <translation>请让其中一部分必须出现。</translation>
    </message>
    <message>
        <source>Mend or export it again.</source>
        <translation>请修正或重新导出。</translation>
    </message>
    <message>
        <source>Models here: {models}. A folder&apos;s path works too.</source>
        <translation>这里的模型：{models}。也可以用文件夹的路径。</translation>
    </message>
    <message>
        <source>Move it elsewhere to start with a new history.</source>
        <translation>把它移到别处即可开始新的历史记录。</translation>
    </message>
    <message>
        <source>Move that file elsewhere.</source>
        <translation>请把那个文件移到别处。</translation>
    </message>
    <message>
        <source>Name fewer characters.</source>
        <translation>请减少所列的字符。</translation>
    </message>
    <message>
        <source>Name one of them.</source>
        <translation>请指明其中一个。</translation>
    </message>
    <message>
        <source>Nest fewer groups.</source>
        <translation>请减少分组的嵌套。</translation>
    </message>
    <message>
        <source>No keys can open the quick question from other programs.</source>
        <translation>没有按键能从其他程序打开快速提问。</translation>
    </message>
    <message>
        <source>No model is loaded.</source>
        <translation>没有加载模型。</translation>
    </message>
    <message>
        <source>Nothing stands before {char} to repeat.</source>
        <translation>{char} 之前没有可重复的内容。</translation>
    </message>
    <message>
        <source>Nothing was asked of the network.</source>
        <translation>没有向网络发出任何请求。</translation>
    </message>
    <message>
        <source>Nothing was written.</source>
        <translation>没有写出任何内容。</translation>
    </message>
    <message>
        <source>One of the folders lies in the other.</source>
        <translation>其中一个文件夹在另一个里面。</translation>
    </message>
    <message>
        <source>One repeat follows another.</source>
        <translation>一个重复紧跟着另一个重复。</translation>
    </message>
    <message>
        <source>Only a reply can be made again.</source>
        <translation>只有回复可以重新生成。</translation>
    </message>
    <message>
        <source>Open https://huggingface.co/{repo} in a browser, accept them, and try again.</source>
        <translation>请在浏览器中打开 https://huggingface.co/{repo}，接受条款，然后再试。</translation>
    </message>
    <message>
        <source>Opening such a file can run any program, so this app never does.</source>
        <translation>打开这种文件可能运行任意程序，所以应用从不打开。</translation>
    </message>
    <message>
        <source>Or set {name} to a folder that can be written.</source>
        <translation>或者把 {name} 设为可写入的文件夹。</translation>
    </message>
    <message>
        <source>Over http anyone on the way could change a model.</source>
        <translation>使用 http 时，途中的任何人都可能改动模型。</translation>
    </message>
    <message>
        <source>Plug in the drive that it is on. To start with a new history, delete the link.</source>
        <translation>请接上它所在的磁盘。若要从新的历史记录开始，请删除这个链接。</translation>
    </message>
    <message>
        <source>Plug in the drive that it is on. Where it is gone for good, name another folder: desktop-llm settings set model.folder FOLDER</source>
        <translation>请接上它所在的磁盘。如果再也找不回来，请指定另一个文件夹：desktop-llm settings set model.folder 文件夹</translation>
    </message>
    <message>
        <source>Preset {name}: {problem}</source>
        <translation>预设“{name}”：{problem}</translation>
    </message>
    <message>
        <source>Put a copy of it back, or move it elsewhere to start with a new history.</source>
        <translation>请放回一份副本，或把它移到别处以开始新的历史记录。</translation>
    </message>
    <message>
        <source>Put a copy of it back; the history cannot be read without it.</source>
        <translation>请放回它的副本；没有它就无法读取历史记录。</translation>
    </message>
    <message>
        <source>Put a new one into Settings, Privacy, or forget it there: open models need none. One in the variable HF_TOKEN counts first.</source>
        <translation>请在“设置 › 隐私”中填写新的令牌，或在那里将它删除：公开的模型不需要令牌。环境变量 HF_TOKEN 中的令牌优先。</translation>
    </message>
    <message>
        <source>Put the characters between [ and ].</source>
        <translation>请把字符写在 [ 和 ] 之间。</translation>
    </message>
    <message>
        <source>Put the file back, or move that part elsewhere to start with a new history.</source>
        <translation>请放回文件，或把那一部分移到别处以开始新的历史记录。</translation>
    </message>
    <message>
        <source>Put the first one in a group ( ).</source>
        <translation>请把前一个放进分组 ( )。</translation>
    </message>
    <message>
        <source>Put the key back. Without it the history cannot be read; to start with a new one, move the file elsewhere.</source>
        <translation>请放回密钥。没有它就无法读取历史记录；要开始新的，请把文件移到别处。</translation>
    </message>
    <message>
        <source>Qwen3Guard answered in another form than its own.</source>
        <translation>Qwen3Guard 没有按自己的格式回答。</translation>
    </message>
    <message>
        <source>Qwen3Guard called a text safe and named categories.</source>
        <translation>Qwen3Guard 称一段文本安全，却又列出了类别。</translation>
    </message>
    <message>
        <source>Reading it broke the inspector&apos;s process (exit code {number}).</source>
        <translation>读取它使检查进程崩溃（退出码 {number}）。</translation>
    </message>
    <message>
        <source>Reading it broke the inspector&apos;s process (signal {number}).</source>
        <translation>读取它使检查进程崩溃（信号 {number}）。</translation>
    </message>
    <message>
        <source>Reading it needs more memory than any real model does.</source>
        <translation>读取它所需的内存比任何真实的模型都多。</translation>
    </message>
    <message>
        <source>Recurrent models and those with an encoder take no tokens back.</source>
        <translation>循环模型和带编码器的模型无法收回词元。</translation>
    </message>
    <message>
        <source>Remove it in {origin}.</source>
        <translation>请在 {origin} 中移除。</translation>
    </message>
    <message>
        <source>Remove models or other files, or choose another disk.</source>
        <translation>请移除一些模型或其他文件，或选择另一个磁盘。</translation>
    </message>
    <message>
        <source>Remove the system prompt, start a new conversation, or choose another model.</source>
        <translation>请去掉系统提示、开始新对话，或选择另一个模型。</translation>
    </message>
    <message>
        <source>Rename the folder that is named so.</source>
        <translation>请给使用这个名称的文件夹改名。</translation>
    </message>
    <message>
        <source>Replace the link by the file it means, if you made it yourself.</source>
        <translation>如果链接是你自己建的，请用它所指的文件替换它。</translation>
    </message>
    <message>
        <source>Say what its labels mean in the settings, or choose another guard model.</source>
        <translation>请在设置中说明其标签的含义，或选择其他守卫模型。</translation>
    </message>
    <message>
        <source>See that it is there and yours.</source>
        <translation>请确认它存在且归你所有。</translation>
    </message>
    <message>
        <source>Set the variable HF_TOKEN anew, or do without it.</source>
        <translation>请重新设置环境变量 HF_TOKEN，或将其去掉。</translation>
    </message>
    <message>
        <source>Set the variable HF_TOKEN before you start the app.</source>
        <translation>请在启动应用之前设置环境变量 HF_TOKEN。</translation>
    </message>
    <message>
        <source>Set {name} to the whole path of a folder.</source>
        <translation>请将 {name} 设为一个文件夹的完整路径。</translation>
    </message>
    <message>
        <source>ShieldGemma answered neither Yes nor No.</source>
        <translation>ShieldGemma 的回答既不是 Yes，也不是 No。</translation>
    </message>
    <message>
        <source>Shorten it, or choose a model with a larger context window.</source>
        <translation>请缩短它，或选择上下文窗口更大的模型。</translation>
    </message>
    <message>
        <source>Something changes it on the way: try another network, proxy or hub address.</source>
        <translation>途中有什么改动了它：请换一个网络、代理或模型站地址。</translation>
    </message>
    <message>
        <source>Something outside the app has emptied it.</source>
        <translation>应用之外的程序把它清空了。</translation>
    </message>
    <message>
        <source>Something went wrong inside the app while the model was answering. The log has the details.</source>
        <translation>模型回答时应用内部出了问题。详情见日志。</translation>
    </message>
    <message>
        <source>Something went wrong inside the app. The log has the details; nothing was lost.</source>
        <translation>应用内部出了问题。详情见日志；没有丢失任何内容。</translation>
    </message>
    <message>
        <source>Switch on Settings, Privacy, Go online when I ask (or: desktop-llm settings set privacy.online true).</source>
        <translation>请打开“设置 › 隐私 › 在我要求时联网”（或运行：desktop-llm settings set privacy.online true）。</translation>
    </message>
    <message>
        <source>Take the whole folder off the list: desktop-llm models remove &quot;{folder}&quot;</source>
        <translation>请从列表中去掉整个文件夹：desktop-llm models remove &quot;{folder}&quot;</translation>
    </message>
    <message>
        <source>That download is no longer there.</source>
        <translation>该下载已不存在。</translation>
    </message>
    <message>
        <source>That is not the PIN.</source>
        <translation>PIN 不正确。</translation>
    </message>
    <message>
        <source>That needs 1.2 GB of free memory.</source>
        <translation>这需要 1.2 GB 空闲内存。</translation>
    </message>
    <message>
        <source>The JSON schema is not JSON.</source>
        <translation>JSON 模式不是有效的 JSON。</translation>
    </message>
    <message>
        <source>The PIN could not be saved.</source>
        <translation>PIN 无法保存。</translation>
    </message>
    <message>
        <source>The PIN in {path} cannot be read.</source>
        <translation>无法读取 {path} 里的 PIN。</translation>
    </message>
    <message>
        <source>The access token cannot be kept.</source>
        <translation>无法保存访问令牌。</translation>
    </message>
    <message>
        <source>The adapter in {folder} cannot be used.</source>
        <translation>无法使用 {folder} 中的适配器。</translation>
    </message>
    <message>
        <source>The adapter in {folder} is for another model.</source>
        <translation>{folder} 中的适配器属于另一个模型。</translation>
    </message>
    <message>
        <source>The app cannot read one of the architecture {architecture} out of GGUF.</source>
        <translation>本应用无法从 GGUF 中读取架构为 {architecture} 的这类模型。</translation>
    </message>
    <message>
        <source>The app does not know what its answers mean.</source>
        <translation>应用不知道它的回答是什么意思。</translation>
    </message>
    <message>
        <source>The app is ending.</source>
        <translation>应用正在退出。</translation>
    </message>
    <message>
        <source>The app is offline.</source>
        <translation>应用处于离线状态。</translation>
    </message>
    <message>
        <source>The app keeps no log: {path} cannot be written. The system says: {said}. Move it elsewhere, or give yourself the right to write it.</source>
        <translation>应用没有记录日志：无法写入 {path}。系统报告：{said}。请把它移到别处，或给自己写入的权限。</translation>
    </message>
    <message>
        <source>The app reads plain LoRA adapters.</source>
        <translation>应用只读取普通的 LoRA 适配器。</translation>
    </message>
    <message>
        <source>The app reads plain text, GGUF files, folders with a model, and what it has exported.</source>
        <translation>应用能读取纯文本、GGUF 文件、装有模型的文件夹，以及它自己导出的内容。</translation>
    </message>
    <message>
        <source>The app reads versions 2 and 3.</source>
        <translation>应用读取版本 2 和 3。</translation>
    </message>
    <message>
        <source>The app runs models that write: text in, text out.</source>
        <translation>应用运行会写作的模型：输入文字，输出文字。</translation>
    </message>
    <message>
        <source>The app runs no code out of a model, and transformers does not know this one.</source>
        <translation>应用不运行模型自带的代码，而 transformers 不认识这个模型。</translation>
    </message>
    <message>
        <source>The architecture {architecture} of {path} is not known.</source>
        <translation>不认识 {path} 的架构 {architecture}。</translation>
    </message>
    <message>
        <source>The architecture {kind} in {json} is not known.</source>
        <translation>不认识 {json} 中的架构 {kind}。</translation>
    </message>
    <message>
        <source>The change applies now, but could not be saved in {path}.</source>
        <translation>更改现在已生效，但无法保存到 {path}。</translation>
    </message>
    <message>
        <source>The chat template is damaged or made to do harm. Do not use this copy.</source>
        <translation>聊天模板已损坏，或是蓄意制作来造成危害的。请不要使用这一份。</translation>
    </message>
    <message>
        <source>The chat template of {name} cannot express the question.</source>
        <translation>{name} 的聊天模板无法表达这个问题。</translation>
    </message>
    <message>
        <source>The connection failed: {failure}.</source>
        <translation>连接失败：{failure}。</translation>
    </message>
    <message>
        <source>The context window is {window} tokens: that much memory is free.</source>
        <translation>上下文窗口为 {window} 个词元：空闲内存只够这么多。</translation>
    </message>
    <message>
        <source>The conversation or message is not there any longer.</source>
        <translation>这个对话或消息已不存在。</translation>
    </message>
    <message>
        <source>The desktop did not give keys for the quick question.</source>
        <translation>桌面没有给快速提问分配按键。</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>磁盘已满。</translation>
    </message>
    <message>
        <source>The disk refused to read or write: it is full or failing.</source>
        <translation>磁盘拒绝读写：它已满或有故障。</translation>
    </message>
    <message>
        <source>The download was probably interrupted. Download it again.</source>
        <translation>下载可能中断了。请重新下载。</translation>
    </message>
    <message>
        <source>The file is damaged or made to do harm. Download it again, or choose another model.</source>
        <translation>文件已损坏，或是蓄意制作来造成危害的。请重新下载，或选择另一个模型。</translation>
    </message>
    <message>
        <source>The file is damaged or was made wrongly. Download it again.</source>
        <translation>文件已损坏，或制作有误。请重新下载。</translation>
    </message>
    <message>
        <source>The file is not readable: {error}.</source>
        <translation>文件无法读取：{error}。</translation>
    </message>
    <message>
        <source>The file may be newer than this version of the app.</source>
        <translation>文件可能比这个版本的应用更新。</translation>
    </message>
    <message>
        <source>The files hold the tensor {name}, which it does not name.</source>
        <translation>文件中有张量 {name}，它却没有提到。</translation>
    </message>
    <message>
        <source>The folder holds more files than any model does.</source>
        <translation>文件夹中的文件比任何模型的都多。</translation>
    </message>
    <message>
        <source>The folder {folder} cannot be used.</source>
        <translation>无法使用文件夹 {folder}。</translation>
    </message>
    <message>
        <source>The guard model does not fit into memory.</source>
        <translation>守卫模型放不进内存。</translation>
    </message>
    <message>
        <source>The guard model failed. The log has the details.</source>
        <translation>守卫模型出了错。详情见日志。</translation>
    </message>
    <message>
        <source>The guide model is part of the app and stays.</source>
        <translation>向导模型是应用的一部分，不会移除。</translation>
    </message>
    <message>
        <source>The history cannot be encrypted.</source>
        <translation>历史记录无法加密。</translation>
    </message>
    <message>
        <source>The history cannot be opened.</source>
        <translation>历史记录无法打开。</translation>
    </message>
    <message>
        <source>The history cannot be read.</source>
        <translation>历史记录无法读取。</translation>
    </message>
    <message>
        <source>The history could not be read or written.</source>
        <translation>历史记录无法读写。</translation>
    </message>
    <message>
        <source>The history file {path} is empty.</source>
        <translation>历史记录文件 {path} 是空的。</translation>
    </message>
    <message>
        <source>The history file {path} is not encrypted.</source>
        <translation>历史记录文件 {path} 没有加密。</translation>
    </message>
    <message>
        <source>The history is closed.</source>
        <translation>历史记录已关闭。</translation>
    </message>
    <message>
        <source>The history is locked.</source>
        <translation>历史记录被锁定。</translation>
    </message>
    <message>
        <source>The history must be brought up to date, and there is no room for a copy of it first.</source>
        <translation>历史记录需要升级，但没有空间先做一份副本。</translation>
    </message>
    <message>
        <source>The history was written by a newer version of the app.</source>
        <translation>历史记录由更新版本的应用写成。</translation>
    </message>
    <message>
        <source>The history {path} is missing.</source>
        <translation>找不到历史记录 {path}。</translation>
    </message>
    <message>
        <source>The history {path} is not there.</source>
        <translation>历史记录 {path} 不在。</translation>
    </message>
    <message>
        <source>The history&apos;s key could not be written to {file}.</source>
        <translation>无法把历史记录的密钥写入 {file}。</translation>
    </message>
    <message>
        <source>The history&apos;s key file {file} cannot be read.</source>
        <translation>无法读取历史记录的密钥文件 {file}。</translation>
    </message>
    <message>
        <source>The history&apos;s key may be in it, and looking for it failed: {reason}.</source>
        <translation>历史记录的密钥可能在其中，但查找失败：{reason}。</translation>
    </message>
    <message>
        <source>The hub asks for a pause.</source>
        <translation>模型站要求稍等。</translation>
    </message>
    <message>
        <source>The hub cannot be reached.</source>
        <translation>无法连接模型站。</translation>
    </message>
    <message>
        <source>The hub does not accept your access token.</source>
        <translation>模型站不接受你的访问令牌。</translation>
    </message>
    <message>
        <source>The hub does not give {repo} to everyone, or there is no such model.</source>
        <translation>模型站不向所有人提供 {repo}，或者没有这个模型。</translation>
    </message>
    <message>
        <source>The hub has a problem of its own.</source>
        <translation>模型站自身出了问题。</translation>
    </message>
    <message>
        <source>The hub refuses {repo}.</source>
        <translation>模型站拒绝提供 {repo}。</translation>
    </message>
    <message>
        <source>The hub&apos;s access token cannot be used.</source>
        <translation>无法使用模型站的访问令牌。</translation>
    </message>
    <message>
        <source>The hub&apos;s address does not answer as the hub does.</source>
        <translation>模型站的地址没有像模型站那样回答。</translation>
    </message>
    <message>
        <source>The hub&apos;s answer could not be read.</source>
        <translation>无法读取模型站的响应。</translation>
    </message>
    <message>
        <source>The index names it in other letters than the folder does.</source>
        <translation>索引中它的名称与文件夹中的大小写不同。</translation>
    </message>
    <message>
        <source>The inspection ended before it began.</source>
        <translation>检查还没开始就结束了。</translation>
    </message>
    <message>
        <source>The installed sqlcipher3 is not SQLCipher.</source>
        <translation>已安装的 sqlcipher3 不是 SQLCipher。</translation>
    </message>
    <message>
        <source>The key is in the file {path}, which only you may read.</source>
        <translation>密钥在文件 {path} 中，只有你可以读取。</translation>
    </message>
    <message>
        <source>The key is in the system&apos;s keyring ({place}).</source>
        <translation>密钥在系统的钥匙串中（{place}）。</translation>
    </message>
    <message>
        <source>The key of the history {path} is lost.</source>
        <translation>历史记录 {path} 的密钥丢失了。</translation>
    </message>
    <message>
        <source>The list of linked models cannot be read: {path}.</source>
        <translation>无法读取链接模型的列表：{path}。</translation>
    </message>
    <message>
        <source>The measuring process ended unexpectedly.</source>
        <translation>测量进程意外结束。</translation>
    </message>
    <message>
        <source>The message is empty.</source>
        <translation>消息是空的。</translation>
    </message>
    <message>
        <source>The message is too long for this model.</source>
        <translation>这条消息对这个模型来说太长了。</translation>
    </message>
    <message>
        <source>The model brings its own program code, and cannot run without it.</source>
        <translation>模型自带程序代码，没有它就无法运行。</translation>
    </message>
    <message>
        <source>The model could not be loaded.</source>
        <translation>模型无法加载。</translation>
    </message>
    <message>
        <source>The model does not fit into memory in {precision}.</source>
        <translation>以 {precision} 加载，内存容不下这个模型。</translation>
    </message>
    <message>
        <source>The model has no token for what must come next.</source>
        <translation>模型没有可用于接下来内容的词元。</translation>
    </message>
    <message>
        <source>The model in {folder} brings its own program code.</source>
        <translation>{folder} 中的模型自带程序代码。</translation>
    </message>
    <message>
        <source>The model in {folder} cannot be loaded.</source>
        <translation>无法加载 {folder} 中的模型。</translation>
    </message>
    <message>
        <source>The model in {folder} cannot classify texts.</source>
        <translation>{folder} 中的模型不能分类文本。</translation>
    </message>
    <message>
        <source>The model in {folder} does not fit its config.json.</source>
        <translation>{folder} 里的模型与它的 config.json 不符。</translation>
    </message>
    <message>
        <source>The model in {folder} has its weights only as a pickle (.bin, .pt).</source>
        <translation>{folder} 中的模型只有 pickle 格式的权重（.bin、.pt）。</translation>
    </message>
    <message>
        <source>The model in {folder} has no tokenizer: tokenizer.json is missing.</source>
        <translation>{folder} 中的模型没有分词器：缺少 tokenizer.json。</translation>
    </message>
    <message>
        <source>The model in {folder} has no weights: {WEIGHTS} is missing.</source>
        <translation>{folder} 中的模型没有权重：缺少 {WEIGHTS}。</translation>
    </message>
    <message>
        <source>The model in {folder} is incomplete: {name} is missing.</source>
        <translation>{folder} 中的模型不完整：缺少 {name}。</translation>
    </message>
    <message>
        <source>The model in {folder} is not of the kind that writes on ({named}).</source>
        <translation>{folder} 中的模型不是会续写的那一类（{named}）。</translation>
    </message>
    <message>
        <source>The model in {folder} is quantised in a way that this app cannot read.</source>
        <translation>{folder} 中的模型以这个应用无法读取的方式量化。</translation>
    </message>
    <message>
        <source>The model in {model} cannot be a guard model.</source>
        <translation>{model} 中的模型不能用作守卫模型。</translation>
    </message>
    <message>
        <source>The model in {path} did not pass the inspection and is not loaded.</source>
        <translation>{path} 中的模型没有通过检查，不会加载。</translation>
    </message>
    <message>
        <source>The model in {path} is incomplete: {part} is missing.</source>
        <translation>{path} 中的模型不完整：缺少 {part}。</translation>
    </message>
    <message>
        <source>The model may be newer than this version of the app, or be of another kind.</source>
        <translation>模型可能比这个版本的应用更新，或属于另一类。</translation>
    </message>
    <message>
        <source>The model&apos;s chat template cannot express this conversation.</source>
        <translation>模型的聊天模板无法表达这个对话。</translation>
    </message>
    <message>
        <source>The model&apos;s numbers are no longer valid, so no token could be drawn.</source>
        <translation>模型的数值已无效，无法抽取词元。</translation>
    </message>
    <message>
        <source>The model&apos;s tokenizer is damaged or made to do harm. Do not use this copy.</source>
        <translation>模型的分词器已损坏，或是蓄意制作来造成危害的。请不要使用这一份。</translation>
    </message>
    <message>
        <source>The models cannot be moved from {source} to {target}.</source>
        <translation>无法把模型从 {source} 移到 {target}。</translation>
    </message>
    <message>
        <source>The models cannot be moved now.</source>
        <translation>现在不能移动模型。</translation>
    </message>
    <message>
        <source>The models could not be moved to {target}; they are where they were.</source>
        <translation>模型没能移到 {target}；它们仍在原处。</translation>
    </message>
    <message>
        <source>The models folder {folder} cannot be used.</source>
        <translation>无法使用模型文件夹 {folder}。</translation>
    </message>
    <message>
        <source>The models must not be mixed with other files.</source>
        <translation>模型不能与其他文件混在一起。</translation>
    </message>
    <message>
        <source>The models need {needed} GB, and {free} GB are free there.</source>
        <translation>模型需要 {needed} GB，那里可用 {free} GB。</translation>
    </message>
    <message>
        <source>The models stay where they were.</source>
        <translation>模型留在原处。</translation>
    </message>
    <message>
        <source>The number of positions</source>
        <translation>位置数</translation>
    </message>
    <message>
        <source>The output could not be written.</source>
        <translation>输出无法写入。</translation>
    </message>
    <message>
        <source>The pattern {source} cannot be used.</source>
        <translation>无法使用模式 {source}。</translation>
    </message>
    <message>
        <source>The policy</source>
        <translation>策略</translation>
    </message>
    <message>
        <source>The policy {path}</source>
        <translation>策略 {path}</translation>
    </message>
    <message>
        <source>The policy {path} cannot be read.</source>
        <translation>无法读取策略 {path}。</translation>
    </message>
    <message>
        <source>The proxy of this system cannot be used.</source>
        <translation>无法使用这个系统的代理。</translation>
    </message>
    <message>
        <source>The range {first}-{last} is empty or too wide.</source>
        <translation>范围 {first}-{last} 为空或过宽。</translation>
    </message>
    <message>
        <source>The reply cannot be held to that form.</source>
        <translation>无法让回复遵守这种格式。</translation>
    </message>
    <message>
        <source>The reply so far is not of that form, so it cannot go on.</source>
        <translation>到目前为止的回复不符合这种格式，因此无法继续。</translation>
    </message>
    <message>
        <source>The reply was cut at its length limit, so the form it was held to is not complete.</source>
        <translation>回复达到长度上限被截断，因此所要求的格式并不完整。</translation>
    </message>
    <message>
        <source>The reply went round in a loop and was cut, so the form it was held to is not complete.</source>
        <translation>回复陷入循环，已被截断，因此所要求的格式不完整。</translation>
    </message>
    <message>
        <source>The reply was cut at a stop string, so the form it was held to may not be complete. Remove the stop string in the sampling settings.</source>
        <translation>回复在停止字符串处被截断，因此所要求的格式可能不完整。请在采样设置中删除该停止字符串。</translation>
    </message>
    <message>
        <source>The memory ran out.</source>
        <translation>内存已用尽。</translation>
    </message>
    <message>
        <source>The JSON schema is not a JSON object.</source>
        <translation>JSON 模式不是 JSON 对象。</translation>
    </message>
    <message>
        <source>A schema is written in braces.</source>
        <translation>模式要写在花括号里。</translation>
    </message>
    <message>
        <source>The simplest one is {example}.</source>
        <translation>最简单的写法是 {example}。</translation>
    </message>
    <message>
        <source>Its experts stay in bf16: only its other weights are rounded.</source>
        <translation>其专家权重保持 bf16：只有其他权重会被量化。</translation>
    </message>
    <message>
        <source>A copy that keeps all its things in one folder uses no keyring, and a token is never written into a file.</source>
        <translation>把所有内容放在同一个文件夹里的副本不使用钥匙串，而令牌从不写入文件。</translation>
    </message>
    <message>
        <source>Choose a file that was made with “Export as JSON…” in a conversation&apos;s menu.</source>
        <translation>请选择用对话菜单中的“导出为 JSON…”生成的文件。</translation>
    </message>
    <message>
        <source>Choose {offer} (Settings, Model, or the model&apos;s own page), or close other programs.</source>
        <translation>请选择{offer}（在“设置 › 模型”或该模型自己的页面中），或关闭其他程序。</translation>
    </message>
    <message>
        <source>Close other programs, choose a smaller precision (int8, int4) or a shorter context window (Settings, Model, or the model&apos;s own page), or choose a smaller model.</source>
        <translation>请关闭其他程序，选择更低的精度（int8、int4）或更短的上下文窗口（在“设置 › 模型”或该模型自己的页面中），或者选择更小的模型。</translation>
    </message>
    <message>
        <source>Give its whole path: desktop-llm settings set model.folder FOLDER</source>
        <translation>请给出完整路径：desktop-llm settings set model.folder FOLDER</translation>
    </message>
    <message>
        <source>It is in {folder}. Where its files are damaged, fetch it again (--again).</source>
        <translation>它在 {folder} 中。如果其中的文件已损坏，请重新下载（--again）。</translation>
    </message>
    <message>
        <source>The memory ran out while the model was answering; what was written is kept. Close other programs, set the context window to {tokens} tokens (Settings, Model, or the model&apos;s own page), or choose a smaller model.</source>
        <translation>模型回答时内存用完了；已写出的内容已保留。请关闭其他程序，在“设置 › 模型”或该模型自己的页面中把上下文窗口设为 {tokens} 个词元，或选择更小的模型。</translation>
    </message>
    <message>
        <source>The models folder cannot be {folder}.</source>
        <translation>模型文件夹不能是 {folder}。</translation>
    </message>
    <message>
        <source>The reply&apos;s form is not said.</source>
        <translation>没有说明回复的格式。</translation>
    </message>
    <message>
        <source>The safety filter refused the question, and nothing was written.</source>
        <translation>安全过滤器拒绝了这个问题，没有写出任何内容。</translation>
    </message>
    <message>
        <source>The safety filter&apos;s settings are locked with a PIN.</source>
        <translation>安全过滤器的设置已用 PIN 锁定。</translation>
    </message>
    <message>
        <source>The settings keep only names in UTF-8, and that of the folder is not.</source>
        <translation>设置只能保存 UTF-8 编码的名称，而这个文件夹的名称不是。</translation>
    </message>
    <message>
        <source>The system says: {error}.</source>
        <translation>系统报告：{error}。</translation>
    </message>
    <message>
        <source>The system says: {said}.</source>
        <translation>系统报告：{said}。</translation>
    </message>
    <message>
        <source>The system&apos;s keyring does not answer.</source>
        <translation>系统的钥匙串没有响应。</translation>
    </message>
    <message>
        <source>The system&apos;s network settings</source>
        <translation>系统的网络设置</translation>
    </message>
    <message>
        <source>The tensor {name} in {path} is of the unknown type {kind}.</source>
        <translation>{path} 中的张量 {name} 是未知类型 {kind}。</translation>
    </message>
    <message>
        <source>The text is too long for {facts}.</source>
        <translation>文字对 {facts} 来说太长了。</translation>
    </message>
    <message>
        <source>The tokenizer in {folder} cannot be read.</source>
        <translation>无法读取 {folder} 中的分词器。</translation>
    </message>
    <message>
        <source>The tokenizer in {folder} is of a form that the app cannot use.</source>
        <translation>{folder} 中的分词器是应用无法使用的形式。</translation>
    </message>
    <message>
        <source>The two do not belong together. Download the model again.</source>
        <translation>两者不属于同一个模型。请重新下载模型。</translation>
    </message>
    <message>
        <source>The two models have different vocabularies.</source>
        <translation>两个模型的词表不同。</translation>
    </message>
    <message>
        <source>The weights in {folder} are incomplete.</source>
        <translation>{folder} 中的权重不完整。</translation>
    </message>
    <message>
        <source>The weights in {folder} are incomplete: {missing} is missing.</source>
        <translation>{folder} 中的权重不完整：缺少 {missing}。</translation>
    </message>
    <message>
        <source>There is a ) without its (.</source>
        <translation>有一个 ) 没有配对的 (。</translation>
    </message>
    <message>
        <source>There is no component {options}.</source>
        <translation>没有名为 {options} 的组成部分。</translation>
    </message>
    <message>
        <source>There is no conversation or message {name}.</source>
        <translation>没有对话或消息 {name}。</translation>
    </message>
    <message>
        <source>There is no conversation {start}.</source>
        <translation>没有对话 {start}。</translation>
    </message>
    <message>
        <source>There is no folder {source}.</source>
        <translation>文件夹 {source} 不存在。</translation>
    </message>
    <message>
        <source>There is no guard model.</source>
        <translation>没有守卫模型。</translation>
    </message>
    <message>
        <source>There is no model folder at {folder}.</source>
        <translation>{folder} 处没有模型文件夹。</translation>
    </message>
    <message>
        <source>There is no model named {wanted} in the list of models.</source>
        <translation>模型列表中没有名为 {wanted} 的模型。</translation>
    </message>
    <message>
        <source>There is no model named {wanted}, nor a folder or file there.</source>
        <translation>没有名为 {wanted} 的模型，也没有这样的文件夹或文件。</translation>
    </message>
    <message>
        <source>There is no setting named {key}.</source>
        <translation>没有名为 {key} 的设置。</translation>
    </message>
    <message>
        <source>There is no such file or folder, or it is of a kind that is never read.</source>
        <translation>没有这样的文件或文件夹，或者它属于从不读取的一类。</translation>
    </message>
    <message>
        <source>There is no token on standard input.</source>
        <translation>标准输入中没有令牌。</translation>
    </message>
    <message>
        <source>There is no tokenizer: the model can be measured, not talked to.</source>
        <translation>没有分词器：可以测量这个模型，但不能与它对话。</translation>
    </message>
    <message>
        <source>There is no user of that name.</source>
        <translation>没有叫这个名字的用户。</translation>
    </message>
    <message>
        <source>There is no {repo} on the hub, or not at this revision.</source>
        <translation>模型站中没有 {repo}，或没有这个版本。</translation>
    </message>
    <message>
        <source>There is not enough memory.</source>
        <translation>内存不足。</translation>
    </message>
    <message>
        <source>There is not enough space in {target}.</source>
        <translation>{target} 的空间不足。</translation>
    </message>
    <message>
        <source>There is nothing to answer.</source>
        <translation>没有要回答的内容。</translation>
    </message>
    <message>
        <source>There is too little space on the disk for this model.</source>
        <translation>磁盘空间不足以存放此模型。</translation>
    </message>
    <message>
        <source>This app did not write it, and refuses to write into it.</source>
        <translation>它不是这个应用写的，应用拒绝写入。</translation>
    </message>
    <message>
        <source>This computer cannot be measured now.</source>
        <translation>现在无法测量这台电脑。</translation>
    </message>
    <message>
        <source>This desktop does not let programs ask for keys.</source>
        <translation>这个桌面不允许程序申请全局按键。</translation>
    </message>
    <message>
        <source>This model is being fetched already.</source>
        <translation>此模型已在下载。</translation>
    </message>
    <message>
        <source>This model&apos;s replies cannot be held to a form.</source>
        <translation>无法让这个模型的回复遵守某种格式。</translation>
    </message>
    <message>
        <source>This one has no layer named {path}.</source>
        <translation>这个模型没有名为 {path} 的层。</translation>
    </message>
    <message>
        <source>This reply cannot be edited.</source>
        <translation>这条回复不能编辑。</translation>
    </message>
    <message>
        <source>This reply cannot go on: it fills the model&apos;s context window.</source>
        <translation>这条回复无法继续：它已写满模型的上下文窗口。</translation>
    </message>
    <message>
        <source>This system has no keyring, and a token is never written into a file.</source>
        <translation>此系统没有钥匙串，而令牌从不写入文件。</translation>
    </message>
    <message>
        <source>Too many requests came from here (429).</source>
        <translation>来自这里的请求太多（429）。</translation>
    </message>
    <message>
        <source>Too many wrong PINs.</source>
        <translation>输错 PIN 的次数过多。</translation>
    </message>
    <message>
        <source>Try again later, or another address in Settings, Privacy.</source>
        <translation>请稍后再试，或在“设置 › 隐私”中换一个地址。</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>请稍后再试。</translation>
    </message>
    <message>
        <source>Unlock the keyring (on a desktop: log in there), and start again.</source>
        <translation>请解锁钥匙串（在桌面上登录），然后重新启动。</translation>
    </message>
    <message>
        <source>Unlock the keyring, and try again.</source>
        <translation>请解锁钥匙串，然后再试。</translation>
    </message>
    <message>
        <source>Unlock them on the settings page of the safety filter, or with --pin.</source>
        <translation>请在安全过滤器的设置页解锁，或使用 --pin。</translation>
    </message>
    <message>
        <source>Update the app, or choose another model.</source>
        <translation>请更新应用，或选择另一个模型。</translation>
    </message>
    <message>
        <source>Update the app, then open the file again.</source>
        <translation>请更新应用，然后再打开此文件。</translation>
    </message>
    <message>
        <source>Update the app.</source>
        <translation>请更新应用。</translation>
    </message>
    <message>
        <source>Update the app. The history was left as it is.</source>
        <translation>请更新应用。历史记录保持原样。</translation>
    </message>
    <message>
        <source>Use [^ ] instead.</source>
        <translation>请改用 [^ ]。</translation>
    </message>
    <message>
        <source>Use \b at the start or the end.</source>
        <translation>请在开头或结尾使用 \b。</translation>
    </message>
    <message>
        <source>Use a plain group: ( ) or (?: ).</source>
        <translation>请使用普通分组：( ) 或 (?: )。</translation>
    </message>
    <message>
        <source>Use smaller numbers in { }.</source>
        <translation>请在 { } 中使用更小的数字。</translation>
    </message>
    <message>
        <source>Wait for it, or end it, and try again.</source>
        <translation>请等它结束，或结束它，然后再试。</translation>
    </message>
    <message>
        <source>Wait some minutes. With an access token in Settings, Privacy, more are allowed.</source>
        <translation>请等几分钟。在“设置 › 隐私”中填写访问令牌后，允许更多请求。</translation>
    </message>
    <message>
        <source>Wait until it has finished.</source>
        <translation>请等它完成。</translation>
    </message>
    <message>
        <source>Wait {left} seconds and try again.</source>
        <translation>请等 {left} 秒后再试。</translation>
    </message>
    <message>
        <source>Weights in this form can bring programs along.</source>
        <translation>这种形式的权重可能夹带程序。</translation>
    </message>
    <message>
        <source>What you set for this model could not be saved in {path}.</source>
        <translation>为此模型所做的设置无法保存到 {path}。</translation>
    </message>
    <message>
        <source>WildGuard did not say whether it is harmful.</source>
        <translation>WildGuard 没有说它是否有害。</translation>
    </message>
    <message>
        <source>With the system prompt it is {tokens} tokens; the model reads {window} at once, of which {budget} are free for it.</source>
        <translation>连同系统提示共 {tokens} 个词元；模型一次读取 {window} 个，其中 {budget} 个可用。</translation>
    </message>
    <message>
        <source>Without it the app cannot turn text into tokens.</source>
        <translation>没有它，应用无法把文字变成词元。</translation>
    </message>
    <message>
        <source>Write US, CN, DE or those of another country; GB is the United Kingdom.</source>
        <translation>请填写 US、CN、DE 或其他国家的代码；英国是 GB。</translation>
    </message>
    <message>
        <source>Write \{char} for the character itself.</source>
        <translation>要表示这个字符本身，请写 \{char}。</translation>
    </message>
    <message>
        <source>Write it in the sampling settings, or choose free text.</source>
        <translation>请在采样设置中填写，或选择自由文本。</translation>
    </message>
    <message>
        <source>Write something first.</source>
        <translation>请先写点内容。</translation>
    </message>
    <message>
        <source>Write the smaller number first.</source>
        <translation>请先写较小的数字。</translation>
    </message>
    <message>
        <source>Write {3} or {2,5}; \{ for the character itself.</source>
        <translation>请写 {3} 或 {2,5}；要表示这个字符本身，请写 \{。</translation>
    </message>
    <message>
        <source>\D \S \W cannot stand inside [ ].</source>
        <translation>\D \S \W 不能写在 [ ] 里面。</translation>
    </message>
    <message>
        <source>\{char} cannot be used here.</source>
        <translation>这里不能使用 \{char}。</translation>
    </message>
    <message>
        <source>`desktop-llm chats list` shows them all.</source>
        <translation>`desktop-llm chats list` 会列出全部。</translation>
    </message>
    <message>
        <source>`desktop-llm licences` lists them all.</source>
        <translation>`desktop-llm licences` 会列出全部组件。</translation>
    </message>
    <message>
        <source>`desktop-llm models list` tells which there are.</source>
        <translation>`desktop-llm models list` 会列出有哪些。</translation>
    </message>
    <message>
        <source>`settings show` lists all of them.</source>
        <translation>`settings show` 会列出所有设置。</translation>
    </message>
    <message>
        <source>a context window of {tokens} tokens</source>
        <translation> {tokens} 个词元的上下文窗口</translation>
    </message>
    <message>
        <source>a key</source>
        <translation>一个键</translation>
    </message>
    <message>
        <source>a list in it has the unknown type {kind}</source>
        <translation>其中一个列表是未知类型 {kind}</translation>
    </message>
    <message>
        <source>a list of texts in it does not end</source>
        <translation>其中一个文本列表没有结尾</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>数</translation>
    </message>
    <message>
        <source>a tensor&apos;s name</source>
        <translation>一个张量的名称</translation>
    </message>
    <message>
        <source>a text</source>
        <translation>一段文本</translation>
    </message>
    <message>
        <source>a value in it has the unknown type {kind}</source>
        <translation>其中一个值是未知类型 {kind}</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>整数</translation>
    </message>
    <message>
        <source>an Intel GPU</source>
        <translation>Intel 显卡</translation>
    </message>
    <message>
        <source>an NVIDIA GPU</source>
        <translation>NVIDIA 显卡</translation>
    </message>
    <message>
        <source>bf16: this device computes it fast, and the model is small.</source>
        <translation>bf16：这个设备算得快，而且模型很小。</translation>
    </message>
    <message>
        <source>bf16: this device computes it fast, in half the memory of fp32.</source>
        <translation>bf16：这个设备算得快，内存只需 fp32 的一半。</translation>
    </message>
    <message>
        <source>bf16: {precision} is for the processor only, so far.</source>
        <translation>bf16：{precision} 目前只能用于处理器。</translation>
    </message>
    <message>
        <source>config.json names program code of its own; it is not run.</source>
        <translation>config.json 提到自带的程序代码；不会运行它。</translation>
    </message>
    <message>
        <source>cpu: no GPU was found.</source>
        <translation>cpu：没有找到显卡。</translation>
    </message>
    <message>
        <source>cpu: {device} was chosen, but {name} was not found by torch.</source>
        <translation>cpu：选择了 {device}，但 torch 没有找到 {name}。</translation>
    </message>
    <message>
        <source>fp32: this device has no fast bf16, and the model is small.</source>
        <translation>fp32：这个设备算 bf16 不快，而且模型很小。</translation>
    </message>
    <message>
        <source>fp32: this device has no fast bf16.</source>
        <translation>fp32：这个设备算 bf16 不快。</translation>
    </message>
    <message>
        <source>int4: the model is large for the free memory, and int4 takes least.</source>
        <translation>int4：相对空闲内存来说模型较大，int4 占用最少。</translation>
    </message>
    <message>
        <source>int8: the fastest on a processor, at hardly any loss.</source>
        <translation>int8：在处理器上最快，几乎没有损失。</translation>
    </message>
    <message>
        <source>it claims a list of {number} values</source>
        <translation>它声称有一个含 {number} 个值的列表</translation>
    </message>
    <message>
        <source>it claims {number} keys</source>
        <translation>它声称有 {number} 个键</translation>
    </message>
    <message>
        <source>it claims {number} tensors</source>
        <translation>它声称有 {number} 个张量</translation>
    </message>
    <message>
        <source>it is no GGUF file</source>
        <translation>它不是 GGUF 文件</translation>
    </message>
    <message>
        <source>it is no safetensors file but another kind under that name</source>
        <translation>它不是 safetensors 文件，只是用了这个名称的另一类文件</translation>
    </message>
    <message>
        <source>its alignment is {number}</source>
        <translation>它的对齐值为 {number}</translation>
    </message>
    <message>
        <source>its header cannot be read</source>
        <translation>无法读取文件头</translation>
    </message>
    <message>
        <source>its header claims to be larger than any real one</source>
        <translation>文件头声称比任何真实的都大</translation>
    </message>
    <message>
        <source>its header names the same thing twice</source>
        <translation>文件头两次提到同一项</translation>
    </message>
    <message>
        <source>its tensor {name} has a name that no tensor has</source>
        <translation>张量 {name} 的名称不可能是张量的名称</translation>
    </message>
    <message>
        <source>its tensor {name} has an impossible shape or place</source>
        <translation>张量 {name} 的形状或位置不可能成立</translation>
    </message>
    <message>
        <source>its tensor {name} has the impossible shape {shape}</source>
        <translation>张量 {name} 的形状 {shape} 不可能成立</translation>
    </message>
    <message>
        <source>its tensor {name} has the unknown type {kind}</source>
        <translation>张量 {name} 是未知类型 {kind}</translation>
    </message>
    <message>
        <source>its tensor {name} has {number} dimensions</source>
        <translation>张量 {name} 有 {number} 个维度</translation>
    </message>
    <message>
        <source>its tensor {name} lies where another one is</source>
        <translation>张量 {name} 与另一个张量位置重叠</translation>
    </message>
    <message>
        <source>its tensors {first} and {second} share the same bytes</source>
        <translation>张量 {first} 和 {second} 占用相同的字节</translation>
    </message>
    <message>
        <source>one of {choices}</source>
        <translation>其中之一：{choices}</translation>
    </message>
    <message>
        <source>presets.toml has a preset that is not one; it is not offered.</source>
        <translation>presets.toml 中有一个不合格式的预设，不会提供它。</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>the key {key} stands in it twice or is empty</source>
        <translation>键 {key} 出现了两次，或是空的</translation>
    </message>
    <message>
        <source>the processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>the size of its tensor {name} is not what its shape needs</source>
        <translation>张量 {name} 的大小与它的形状不符</translation>
    </message>
    <message>
        <source>torch, which runs the models, cannot be loaded.</source>
        <translation>无法加载运行模型所需的 torch。</translation>
    </message>
    <message>
        <source>transformers knows no such head for {facts}.</source>
        <translation>transformers 不认识 {facts} 的这种输出头。</translation>
    </message>
    <message>
        <source>transformers_weights points to {name}, another place.</source>
        <translation>transformers_weights 指向别处的 {name}。</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true 或 false</translation>
    </message>
    <message>
        <source>vocabulary</source>
        <translation>词表大小</translation>
    </message>
    <message>
        <source>width</source>
        <translation>宽度</translation>
    </message>
    <message>
        <source>words separated by commas</source>
        <translation>以逗号分隔的词</translation>
    </message>
    <message>
        <source>{ } needs numbers.</source>
        <translation>{ } 需要数字。</translation>
    </message>
    <message>
        <source>{address} cannot be the hub&apos;s address.</source>
        <translation>{address} 不能作为模型站的地址。</translation>
    </message>
    <message>
        <source>{advice} A copy of it is {copy}.</source>
        <translation>{advice} 副本在 {copy}。</translation>
    </message>
    <message>
        <source>{advice} {other}</source>
        <translation>{advice} {other}</translation>
    </message>
    <message>
        <source>{bound} is no bound that can be used.</source>
        <translation>{bound} 不是可用的次数范围。</translation>
    </message>
    <message>
        <source>{char} is not known here.</source>
        <translation>这里不支持 {char}。</translation>
    </message>
    <message>
        <source>{char} repeats without end.</source>
        <translation>{char} 会无限重复。</translation>
    </message>
    <message>
        <source>{choice}: chosen in the settings.</source>
        <translation>{choice}：在设置中选定。</translation>
    </message>
    <message>
        <source>{chosen} is not used as a guard model.</source>
        <translation>{chosen} 不用作守卫模型。</translation>
    </message>
    <message>
        <source>{device}: {name} has {free} of memory free, and the model needs {needed}.</source>
        <translation>{device}：{name}有 {free} 空闲内存，而模型需要 {needed}。</translation>
    </message>
    <message>
        <source>{device}: {name} is the fastest device here.</source>
        <translation>{device}：{name}是这台电脑上最快的设备。</translation>
    </message>
    <message>
        <source>{draft} cannot guess ahead for {model}.</source>
        <translation>{draft} 无法为 {model} 预先猜测。</translation>
    </message>
    <message>
        <source>{draft} guesses ahead for it.</source>
        <translation>{draft} 为它预先猜测。</translation>
    </message>
    <message>
        <source>{entry} does not say what a label means.</source>
        <translation>{entry} 没有说明标签的含义。</translation>
    </message>
    <message>
        <source>{entry} is no bias.</source>
        <translation>{entry} 不是偏置。</translation>
    </message>
    <message>
        <source>{error}.</source>
        <translation>{error}。</translation>
    </message>
    <message>
        <source>{facts} cannot tell its answers apart by one token.</source>
        <translation>{facts} 无法用一个词元区分它的答案。</translation>
    </message>
    <message>
        <source>{facts} is a guard model of another kind than was asked for.</source>
        <translation>{facts} 是另一类守卫模型，与要求不符。</translation>
    </message>
    <message>
        <source>{file} cannot be written to {folder}.</source>
        <translation>无法把 {file} 写入 {folder}。</translation>
    </message>
    <message>
        <source>{file} did not arrive as it left.</source>
        <translation>{file} 到达时与原来不同。</translation>
    </message>
    <message>
        <source>{file} of the model {name} is not what it was when the model was added.</source>
        <translation>模型 {name} 的 {file} 与添加时不同。</translation>
    </message>
    <message>
        <source>{file}: the tensor {name} holds infinite values.</source>
        <translation>{file}：张量 {name} 含有无穷大的值。</translation>
    </message>
    <message>
        <source>{file}: {reason}</source>
        <translation>{file}：{reason}</translation>
    </message>
    <message>
        <source>{file}: {reason} {more} more was found.</source>
        <translation>{file}：{reason} 另外还发现 {more} 处问题。</translation>
    </message>
    <message>
        <source>{folder} is an adapter (LoRA), not a model by itself.</source>
        <translation>{folder} 是适配器（LoRA），本身不是模型。</translation>
    </message>
    <message>
        <source>{kind} from {low} to {high}</source>
        <translation>{low} 到 {high} 之间的{kind}</translation>
    </message>
    <message>
        <source>{kind} of at least {low}</source>
        <translation>不小于 {low} 的{kind}</translation>
    </message>
    <message>
        <source>{name} has the shape {found}, and {wanted} is expected.</source>
        <translation>{name} 的形状是 {found}，而应为 {wanted}。</translation>
    </message>
    <message>
        <source>{name} is neither a text nor a model nor a conversation.</source>
        <translation>{name} 既不是文本，也不是模型或对话。</translation>
    </message>
    <message>
        <source>{name} is not opened.</source>
        <translation>{name} 不会被打开。</translation>
    </message>
    <message>
        <source>{name} is too long to be asked about.</source>
        <translation>{name} 太长，无法就它提问。</translation>
    </message>
    <message>
        <source>{one} or {other}</source>
        <translation>{one}或{other}</translation>
    </message>
    <message>
        <source>{path} cannot be read exactly.</source>
        <translation>无法准确读取 {path}。</translation>
    </message>
    <message>
        <source>{path} cannot be read; the defaults apply.</source>
        <translation>无法读取 {path}；现用默认值。</translation>
    </message>
    <message>
        <source>{path} does not describe a model.</source>
        <translation>{path} 没有描述一个模型。</translation>
    </message>
    <message>
        <source>{path} is a mixture of experts.</source>
        <translation>{path} 是混合专家模型。</translation>
    </message>
    <message>
        <source>{path} is not readable ({error}); it is {aside} now, and the defaults apply.</source>
        <translation>{path} 无法解读（{error}）；它现已改名为 {aside}，并采用默认值。</translation>
    </message>
    <message>
        <source>{path} is not readable ({error}); the defaults apply.</source>
        <translation>{path} 无法解读（{error}）；现用默认值。</translation>
    </message>
    <message>
        <source>{place} gives none of the form http://HOST:PORT. Others, such as SOCKS, are not understood.</source>
        <translation>{place} 给出的代理不是 http://主机:端口 的形式。其他类型（例如 SOCKS）不受支持。</translation>
    </message>
    <message>
        <source>{precision} with a context window of {tokens} tokens</source>
        <translation> {precision} 精度和 {tokens} 个词元的上下文窗口</translation>
    </message>
    <message>
        <source>{repo} lacks a part of this model: {part}.</source>
        <translation>{repo} 缺少该模型的一个部分：{part}。</translation>
    </message>
    <message>
        <source>{said}</source>
        <translation>{said}</translation>
    </message>
    <message>
        <source>{text} is not the two letters of a country.</source>
        <translation>{text} 不是一个国家的两个字母代码。</translation>
    </message>
    <message>
        <source>{total} (weights {weights}, a context of {tokens} tokens {states}, computing {working})</source>
        <translation>{total}（权重 {weights}，{tokens} 个词元的上下文 {states}，计算 {working}）</translation>
    </message>
    <message>
        <source>{values}, or left empty</source>
        <translation>{values}，或留空</translation>
    </message>
    <message>
        <source>{values}, or none</source>
        <translation>{values}，或留空</translation>
    </message>
    <message>
        <source>{what} in it claims {size} bytes</source>
        <translation>其中{what}声称有 {size} 字节</translation>
    </message>
    <message>
        <source>{why} (character {place})</source>
        <translation>第 {place} 个字符：{why}</translation>
    </message>
    <message>
        <source>{folder} is not a model folder: it has no config.json.</source>
        <translation>{folder} 不是模型文件夹：没有 config.json。</translation>
    </message>
    <message>
        <source>{folder} is not an adapter.</source>
        <translation>{folder} 不是适配器。</translation>
    </message>
    <message>
        <source>{index} is damaged.</source>
        <translation>{index} 已损坏。</translation>
    </message>
    <message>
        <source>{index} points to {name}, outside the model&apos;s own folder.</source>
        <translation>{index} 指向模型文件夹之外的 {name}。</translation>
    </message>
    <message>
        <source>{keys} cannot open the quick question.</source>
        <translation>{keys} 不能用来打开快速提问。</translation>
    </message>
    <message>
        <source>{keys} is no combination that can be used everywhere.</source>
        <translation>{keys} 不是可以到处使用的组合键。</translation>
    </message>
    <message>
        <source>{key} cannot be {value}.</source>
        <translation>{key} 不能是 {value}。</translation>
    </message>
    <message>
        <source>{key} is {value}, out of all range.</source>
        <translation>{key} 为 {value}，完全超出范围。</translation>
    </message>
    <message>
        <source>{key} names program code on the hub ({code}).</source>
        <translation>{key} 提到模型站上的程序代码（{code}）。</translation>
    </message>
    <message>
        <source>{key} points to {name}, outside the model&apos;s folder.</source>
        <translation>{key} 指向模型文件夹之外的 {name}。</translation>
    </message>
    <message>
        <source>{kind} in what it sent.</source>
        <translation>它发来的内容有误：{kind}。</translation>
    </message>
    <message>
        <source>{missing} of them are missing, the first is {first}.</source>
        <translation>缺少其中 {missing} 个，第一个是 {first}。</translation>
    </message>
    <message>
        <source>{name} belongs to {origin} and is only used from there.</source>
        <translation>{name} 属于 {origin}，只从那里使用。</translation>
    </message>
    <message>
        <source>{name} gave no numbers.</source>
        <translation>{name} 没有给出数值。</translation>
    </message>
    <message>
        <source>{name} gave no score for every label.</source>
        <translation>{name} 没有给每个标签评分。</translation>
    </message>
    <message>
        <source>{name} has no label {label}.</source>
        <translation>{name} 没有标签 {label}。</translation>
    </message>
    <message>
        <source>{name} has text of its own for the model: {text}</source>
        <translation>{name} 带有自己写给模型的文本：{text}</translation>
    </message>
    <message>
        <source>{name} is a preset of the app.</source>
        <translation>{name} 是应用自带的预设。</translation>
    </message>
    <message>
        <source>{name} is not TOML.</source>
        <translation>{name} 不是 TOML。</translation>
    </message>
    <message>
        <source>{name} is of a kind that can run programs: it is not opened.</source>
        <translation>{name} 属于可能运行程序的一类：不会打开它。</translation>
    </message>
    <message>
        <source>{name} is one of the models in the linked folder {folder}.</source>
        <translation>{name} 是链接文件夹 {folder} 中的模型之一。</translation>
    </message>
    <message>
        <source>{name} is program code: it is not run.</source>
        <translation>{name} 是程序代码：不会运行它。</translation>
    </message>
    <message>
        <source>{name} is {value}, and a model has from {least} to {most} of it.</source>
        <translation>{name} 为 {value}，而模型的这个数在 {least} 到 {most} 之间。</translation>
    </message>
    <message>
        <source>{name} is {value}: no model has so many.</source>
        <translation>{name} 为 {value}：没有模型有这么多。</translation>
    </message>
    <message>
        <source>{name} lists {number} values.</source>
        <translation>{name} 列出了 {number} 个值。</translation>
    </message>
    <message>
        <source>{name} repeats a layer {times} times.</source>
        <translation>{name} 把一层重复 {times} 次。</translation>
    </message>
    <message>
        <source>{name} was not taken.</source>
        <translation>没有采用 {name}。</translation>
    </message>
    <message>
        <source>{path} cannot be read.</source>
        <translation>无法读取 {path}。</translation>
    </message>
    <message>
        <source>{path} cannot be written.</source>
        <translation>无法写入 {path}。</translation>
    </message>
    <message>
        <source>{path} could not be put into the trash.</source>
        <translation>{path} 无法移到回收站。</translation>
    </message>
    <message>
        <source>{path} is GGUF of version {version}.</source>
        <translation>{path} 是版本 {version} 的 GGUF。</translation>
    </message>
    <message>
        <source>{path} is cut short.</source>
        <translation>{path} 不完整。</translation>
    </message>
    <message>
        <source>{path} is damaged.</source>
        <translation>{path} 已损坏。</translation>
    </message>
    <message>
        <source>{path} is damaged: {reason}.</source>
        <translation>{path} 已损坏：{reason}。</translation>
    </message>
    <message>
        <source>{path} is not JSON.</source>
        <translation>{path} 不是 JSON。</translation>
    </message>
    <message>
        <source>{path} is not a conversation of this app.</source>
        <translation>{path} 不是这个应用的对话。</translation>
    </message>
    <message>
        <source>{path} is not one of the app&apos;s models.</source>
        <translation>{path} 不是应用的模型。</translation>
    </message>
    <message>
        <source>{path} is too large to be what its name says.</source>
        <translation>{path} 太大，不可能是它名称所说的文件。</translation>
    </message>
    <message>
        <source>{path} was exported by a newer version of the app.</source>
        <translation>{path} 由更新版本的应用导出。</translation>
    </message>
    <message>
        <source>{proxy} cannot be a proxy.</source>
        <translation>{proxy} 不能作为代理。</translation>
    </message>
    <message>
        <source>{reason}{said}</source>
        <translation>{reason}{said}</translation>
    </message>
    <message>
        <source>{repo} has no file {name} that could be fetched.</source>
        <translation>{repo} 没有可以下载的文件 {name}。</translation>
    </message>
    <message>
        <source>{repo} has no safetensors weights.</source>
        <translation>{repo} 没有 safetensors 权重。</translation>
    </message>
    <message>
        <source>{repo} is not the name of a model on the hub.</source>
        <translation>{repo} 不是模型站中模型的名称。</translation>
    </message>
    <message>
        <source>{repo} is there already, at this revision.</source>
        <translation>{repo} 的这个版本已经在这里。</translation>
    </message>
    <message>
        <source>{repo} was fetched and is refused.</source>
        <translation>{repo} 已下载，但被拒绝。</translation>
    </message>
    <message>
        <source>{shared} key-value heads do not divide {heads} heads.</source>
        <translation>{heads} 个注意力头不能平分给 {shared} 个键值头。</translation>
    </message>
    <message>
        <source>{start} could be {found} conversations: {names}.</source>
        <translation>{start} 可能是 {found} 个对话：{names}。</translation>
    </message>
    <message>
        <source>{target} is not an empty folder.</source>
        <translation>{target} 不是空文件夹。</translation>
    </message>
    <message>
        <source>{wanted} could be any of these models: {ids}.</source>
        <translation>{wanted} 可能是这些模型中的任何一个：{ids}。</translation>
    </message>
</context>
<context>
    <name>presets</name>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>Creative</source>
        <translation>创意</translation>
    </message>
    <message>
        <source>Precise</source>
        <translation>精确</translation>
    </message>
    <message>
        <source>The model&apos;s own</source>
        <translation>模型自带</translation>
    </message>
</context>
<context>
    <name>settings</name>
    <message>
        <source>%</source>
        <translation>%</translation>
    </message>
    <message>
        <source>A mirror of huggingface.co, with https://. Left empty: the hub itself.</source>
        <translation>huggingface.co 的镜像，以 https:// 开头。留空：模型站本身。</translation>
    </message>
    <message>
        <source>A smaller model with the same vocabulary that guesses ahead. Every word stays the model&apos;s own choice; where the guesses are good, replies come faster.</source>
        <translation>词表相同的较小模型，用来预先猜测。每个词仍由本模型自己选定；猜得准时，回复更快。</translation>
    </message>
    <message>
        <source>Address of the hub</source>
        <translation>模型站的地址</translation>
    </message>
    <message>
        <source>Always allowed</source>
        <translation>始终允许</translation>
    </message>
    <message>
        <source>An installed model that judges prompts and replies. Empty: none.</source>
        <translation>判断消息和回复的已安装模型。留空：无。</translation>
    </message>
    <message>
        <source>Ask before deleting</source>
        <translation>删除前询问</translation>
    </message>
    <message>
        <source>Context window</source>
        <translation>上下文窗口</translation>
    </message>
    <message>
        <source>Conversation&apos;s name in the window title</source>
        <translation>在窗口标题中显示对话名称</translation>
    </message>
    <message>
        <source>Ctrl+= and Ctrl+- change it too.</source>
        <translation>也可以用 Ctrl+= 和 Ctrl+- 调整。</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Draws only from the likeliest tokens that together have this probability. 1 is off.</source>
        <translation>只从概率合计达到此值的最可能词元中抽取。1 为关闭。</translation>
    </message>
    <message>
        <source>Draws only from this many of the likeliest tokens. 0 is off.</source>
        <translation>只从这么多个最可能的词元中抽取。0 为关闭。</translation>
    </message>
    <message>
        <source>Ends the reply once it has written the same passage this many times in a row, a short one oftener. 0 is off.</source>
        <translation>同一段落连续写出这么多次后结束回复，很短的段落要写出更多次。0 为关闭。</translation>
    </message>
    <message>
        <source>Frequency penalty</source>
        <translation>频率惩罚</translation>
    </message>
    <message>
        <source>Given to the model before every new conversation. May stay empty.</source>
        <translation>在每个新对话之前交给模型。可以留空。</translation>
    </message>
    <message>
        <source>How much the model reads at once, at most. Left empty: as much as it can.</source>
        <translation>模型一次最多读取多少。留空：尽其所能。</translation>
    </message>
    <message>
        <source>How weights are held: fewer bits are smaller and faster, int8 at hardly any loss.</source>
        <translation>权重的保存方式：位数越少越小也越快，int8 几乎没有损失。</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Leaves out tokens less likely than this share of the likeliest one. 0 is off.</source>
        <translation>舍去概率低于最可能词元这一比例的词元。0 为关闭。</translation>
    </message>
    <message>
        <source>Load at start</source>
        <translation>启动时加载</translation>
    </message>
    <message>
        <source>Loads the model as soon as the window is there.</source>
        <translation>窗口一出现就加载模型。</translation>
    </message>
    <message>
        <source>Longest reply</source>
        <translation>最长回复</translation>
    </message>
    <message>
        <source>Lower is steadier, higher is more varied. At 0 the likeliest token is always taken.</source>
        <translation>越低越稳定，越高越多样。为 0 时总是取最可能的词元。</translation>
    </message>
    <message>
        <source>Lowers the score of a token for each time it occurs in the reply so far. 0 is off.</source>
        <translation>词元在回复中每出现一次，就降低一次它的分数。0 为关闭。</translation>
    </message>
    <message>
        <source>Lowers the score of every token that occurs in the reply so far, once. 0 is off.</source>
        <translation>回复中出现过的词元，分数降低一次。0 为关闭。</translation>
    </message>
    <message>
        <source>Makes the tokens of a text likelier or less likely: Paris=2, however=-5. \n is a new line, \t a tab, \\ a backslash; a control token is named as it is: &lt;|im_end|&gt;=-5. Separate several with commas.</source>
        <translation>让某段文本的词元更可能或更不可能出现：Paris=2, however=-5。\n 表示换行，\t 表示制表符，\\ 表示反斜杠；控制词元直接写它的名称：&lt;|im_end|&gt;=-5。多个用逗号分隔。</translation>
    </message>
    <message>
        <source>Makes tokens that were already used less likely, whatever their number. 1 is off.</source>
        <translation>让用过的词元更不容易再出现，不论次数。1 为关闭。</translation>
    </message>
    <message>
        <source>1 is as it was trained, 0 is off.</source>
        <translation>1 为训练时的强度，0 为关闭。</translation>
    </message>
    <message>
        <source>13 to 19 digits whose check digit is right.</source>
        <translation>13 到 19 位、校验位正确的数字。</translation>
    </message>
    <message>
        <source>A conversation can be brought back for a short while either way. Before a message is deleted you are always asked.</source>
        <translation>无论哪种方式，对话删除后都能在短时间内恢复。删除消息前总会询问。</translation>
    </message>
    <message>
        <source>A folder with a PEFT adapter for this model; it changes how the model writes.</source>
        <translation>含有此模型的 PEFT 适配器的文件夹；它会改变模型的写法。</translation>
    </message>
    <message>
        <source>A repeated passage ends at any of these texts. \n is a new line, \t a tab, \\ a backslash. Separate them with commas.</source>
        <translation>重复的段落在这些文本处结束。\n 表示换行，\t 表示制表符，\\ 表示反斜杠。用逗号分隔。</translation>
    </message>
    <message>
        <source>Adapter (LoRA)</source>
        <translation>适配器（LoRA）</translation>
    </message>
    <message>
        <source>Adapter&apos;s strength</source>
        <translation>适配器强度</translation>
    </message>
    <message>
        <source>Addresses such as name@example.org.</source>
        <translation>如 name@example.org 的地址。</translation>
    </message>
    <message>
        <source>Addresses, numbers and accounts.</source>
        <translation>地址、号码和账号。</translation>
    </message>
    <message>
        <source>Ask before it goes out</source>
        <translation>外发前询问</translation>
    </message>
    <message>
        <source>Balanced hides what is worst and marks the rest. Strict stops at it, and shows nothing before it was judged. Replies that are stored already stay as they are.</source>
        <translation>“均衡”隐藏最严重的内容，其余作标记。“严格”遇到即停止，未经判断的内容一概不显示。已经保存的回复保持原样。</translation>
    </message>
    <message>
        <source>Bank accounts</source>
        <translation>银行账号</translation>
    </message>
    <message>
        <source>Banned phrases</source>
        <translation>禁用短语</translation>
    </message>
    <message>
        <source>Calls against groups of people.</source>
        <translation>针对某一人群的煽动。</translation>
    </message>
    <message>
        <source>Card numbers</source>
        <translation>银行卡号</translation>
    </message>
    <message>
        <source>Chat template</source>
        <translation>聊天模板</translation>
    </message>
    <message>
        <source>Closing the window leaves an icon: it shows the window, asks a quick question, or quits.</source>
        <translation>关闭窗口后留下一个图标：可以显示窗口、快速提问或退出。</translation>
    </message>
    <message>
        <source>Crime, deceit and whatever else a guard model finds harmful.</source>
        <translation>犯罪、欺骗以及守卫模型认为有害的其他内容。</translation>
    </message>
    <message>
        <source>DRY allowed length</source>
        <translation>DRY 允许长度</translation>
    </message>
    <message>
        <source>DRY base</source>
        <translation>DRY 底数</translation>
    </message>
    <message>
        <source>DRY multiplier</source>
        <translation>DRY 倍数</translation>
    </message>
    <message>
        <source>DRY sequence breakers</source>
        <translation>DRY 序列中断符</translation>
    </message>
    <message>
        <source>Draft model</source>
        <translation>草稿模型</translation>
    </message>
    <message>
        <source>Draws only from tokens whose score is within this many standard deviations of the best. 0 is off.</source>
        <translation>只从分数与最高分相差不超过这么多个标准差的词元中抽取。0 为关闭。</translation>
    </message>
    <message>
        <source>Drugs</source>
        <translation>毒品</translation>
    </message>
    <message>
        <source>Dynamic temperature</source>
        <translation>动态温度</translation>
    </message>
    <message>
        <source>Dynamic temperature, curve</source>
        <translation>动态温度曲线</translation>
    </message>
    <message>
        <source>E-mail addresses</source>
        <translation>电子邮箱</translation>
    </message>
    <message>
        <source>Each label of that classifier has a probability of its own; otherwise one of them is right.</source>
        <translation>该分类模型的每个标签各有自己的概率；否则其中只有一个成立。</translation>
    </message>
    <message>
        <source>Explicit sexual words.</source>
        <translation>露骨的色情词语。</translation>
    </message>
    <message>
        <source>For a classifier that the app does not know: LABEL_1 = hate, and so on. Others mean nothing.</source>
        <translation>用于应用不认识的分类模型：LABEL_1 = hate，依此类推。其余标签不起作用。</translation>
    </message>
    <message>
        <source>For example http://proxy:8080. Left empty: the one your system uses, if any.</source>
        <translation>例如 http://proxy:8080。留空：使用系统的代理（如果有）。</translation>
    </message>
    <message>
        <source>For those who know regular expressions: [A-Z]{2}-\d{4}. Separated by commas; repeats need a bound.</source>
        <translation>适合了解正则表达式的人：[A-Z]{2}-\d{4}。用逗号分隔；重复须有上限。</translation>
    </message>
    <message>
        <source>Format of the answer</source>
        <translation>回复的格式</translation>
    </message>
    <message>
        <source>Frees the model&apos;s memory when it was not used for so long; the next message loads it again. Left empty: it stays.</source>
        <translation>模型这么久未使用时释放其内存；下一条消息会重新加载。留空：一直保留。</translation>
    </message>
    <message>
        <source>Given to this model before every new conversation. Left empty: the one in Settings, General.</source>
        <translation>在每个新对话之前交给此模型。留空：使用“设置 › 常规”中的系统提示。</translation>
    </message>
    <message>
        <source>Go online when I ask</source>
        <translation>在我要求时联网</translation>
    </message>
    <message>
        <source>Guard model</source>
        <translation>守卫模型</translation>
    </message>
    <message>
        <source>Hate</source>
        <translation>仇恨</translation>
    </message>
    <message>
        <source>How fast that grows with the length of the repeated passage.</source>
        <translation>惩罚随重复段落长度增长的速度。</translation>
    </message>
    <message>
        <source>How its weights are held. Automatic: as in Settings, Model.</source>
        <translation>权重以何种精度保存。自动：按“设置 › 模型”。</translation>
    </message>
    <message>
        <source>How much it reads at once, at most. Left empty: as in Settings, Model.</source>
        <translation>一次最多读取多少。留空：按“设置 › 模型”。</translation>
    </message>
    <message>
        <source>How often the likeliest tokens are left out, so that a less usual one is written. 0 is off.</source>
        <translation>多常略去最可能的词元，从而写出不那么常见的词元。0 为关闭。</translation>
    </message>
    <message>
        <source>How sure the guard model must be, from 0 to 1.</source>
        <translation>守卫模型需要多大把握，从 0 到 1。</translation>
    </message>
    <message>
        <source>How the temperature follows the doubt: 1 evenly, higher only where the model is very unsure.</source>
        <translation>温度如何随不确定程度变化：1 为均匀，越高则只在模型很不确定时才升高。</translation>
    </message>
    <message>
        <source>How to make or get weapons and explosives.</source>
        <translation>如何制造或取得武器和爆炸物。</translation>
    </message>
    <message>
        <source>IBANs whose check digits are right.</source>
        <translation>校验位正确的 IBAN。</translation>
    </message>
    <message>
        <source>IPv4 and IPv6 addresses, and MAC addresses.</source>
        <translation>IPv4、IPv6 地址和 MAC 地址。</translation>
    </message>
    <message>
        <source>Identity numbers</source>
        <translation>身份证件号码</translation>
    </message>
    <message>
        <source>International ones, and others after a word such as phone.</source>
        <translation>国际号码，以及“电话”等字样之后的号码。</translation>
    </message>
    <message>
        <source>Keys that open the quick question while another program is in front. Empty: none.</source>
        <translation>在其他程序里打开快速提问的按键。留空：没有。</translation>
    </message>
    <message>
        <source>Left empty: the one that came with the model.</source>
        <translation>留空：使用模型自带的。</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>级别</translation>
    </message>
    <message>
        <source>Lists those of Hugging Face, LM Studio, Jan, GPT4All, llama.cpp and Ollama, where they lie.</source>
        <translation>列出 Hugging Face、LM Studio、Jan、GPT4All、llama.cpp 和 Ollama 的模型，原地使用。</translation>
    </message>
    <message>
        <source>Logit bias</source>
        <translation>词元偏置</translation>
    </message>
    <message>
        <source>Lowers tokens that would go on repeating a passage written before. 0 is off.</source>
        <translation>降低会继续重复先前段落的词元。0 为关闭。</translation>
    </message>
    <message>
        <source>Never writes any of these texts, in capitals or not. \n is a new line, \t a tab, \\ a backslash. Separate them with commas.</source>
        <translation>绝不写出这些文本，不论大小写。\n 表示换行，\t 表示制表符，\\ 表示反斜杠。用逗号分隔。</translation>
    </message>
    <message>
        <source>The reply ends before any of these texts would be written. \n is a new line, \t a tab, \\ a backslash. Separate them with commas.</source>
        <translation>回复在写出其中任何一段文字之前结束。\n 表示换行，\t 表示制表符，\\ 表示反斜杠。用逗号分隔。</translation>
    </message>
    <message>
        <source>Meaning of its labels</source>
        <translation>标签的含义</translation>
    </message>
    <message>
        <source>Min p</source>
        <translation>Min p</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>My country</source>
        <translation>我的国家</translation>
    </message>
    <message>
        <source>My own list</source>
        <translation>我的词表</translation>
    </message>
    <message>
        <source>My own patterns</source>
        <translation>我的表达式</translation>
    </message>
    <message>
        <source>My own words</source>
        <translation>我的词语</translation>
    </message>
    <message>
        <source>My own words and patterns.</source>
        <translation>我的词语和表达式。</translation>
    </message>
    <message>
        <source>Names of illegal drugs, making and buying them.</source>
        <translation>毒品的名称、制造和购买。</translation>
    </message>
    <message>
        <source>National numbers of persons, whose check digits are right.</source>
        <translation>校验位正确的各国个人证件号码。</translation>
    </message>
    <message>
        <source>Network addresses</source>
        <translation>网络地址</translation>
    </message>
    <message>
        <source>Never writes the same run of this many tokens twice. 0 is off.</source>
        <translation>绝不重复写出这么多个词元组成的同一串。0 为关闭。</translation>
    </message>
    <message>
        <source>No animations, whatever the desktop says.</source>
        <translation>不使用动画，不论桌面如何设置。</translation>
    </message>
    <message>
        <source>No repeated n-grams</source>
        <translation>不重复的 n 元组</translation>
    </message>
    <message>
        <source>Of the window. Conversations may be in any language.</source>
        <translation>窗口的语言。对话可以使用任何语言。</translation>
    </message>
    <message>
        <source>Off, the app connects to nothing. On, it asks the model hub when you search or download.</source>
        <translation>关闭时，应用不连接任何地方。打开时，只有在你搜索或下载时它才询问模型站。</translation>
    </message>
    <message>
        <source>Open the last conversation at start</source>
        <translation>启动时打开上次的对话</translation>
    </message>
    <message>
        <source>Other harm</source>
        <translation>其他危害</translation>
    </message>
    <message>
        <source>Other programs can read window titles.</source>
        <translation>其他程序能读到窗口标题。</translation>
    </message>
    <message>
        <source>Otherwise the app starts with a new one.</source>
        <translation>否则应用以新对话开始。</translation>
    </message>
    <message>
        <source>Passwords in links, access keys, private keys.</source>
        <translation>链接中的密码、访问密钥、私钥。</translation>
    </message>
    <message>
        <source>Personal data</source>
        <translation>个人信息</translation>
    </message>
    <message>
        <source>Phone numbers</source>
        <translation>电话号码</translation>
    </message>
    <message>
        <source>Politics, advice for experts, copyright: some guard models name these.</source>
        <translation>政治、专业建议、版权：部分守卫模型会标出。</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>Prefers tokens about as surprising as the model expects, up to this probability. 1 is off.</source>
        <translation>偏好意外程度与模型预期相近的词元，直到达到此概率。1 为关闭。</translation>
    </message>
    <message>
        <source>Presence penalty</source>
        <translation>存在惩罚</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Processor threads for the model. Left empty: the physical cores, on battery half of them.</source>
        <translation>模型使用的处理器线程数。留空：使用物理核心数，用电池时减半。</translation>
    </message>
    <message>
        <source>Profanity</source>
        <translation>脏话</translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation>代理</translation>
    </message>
    <message>
        <source>Quick ask from anywhere</source>
        <translation>随处快速提问</translation>
    </message>
    <message>
        <source>Reduce motion</source>
        <translation>减少动态效果</translation>
    </message>
    <message>
        <source>Repeated passages shorter than this are left alone.</source>
        <translation>短于此长度的重复段落不受影响。</translation>
    </message>
    <message>
        <source>Repetition guard</source>
        <translation>重复守卫</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>Schema, expression or choices</source>
        <translation>模式、表达式或选项</translation>
    </message>
    <message>
        <source>Secrets</source>
        <translation>密钥与密码</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Self-harm</source>
        <translation>自残</translation>
    </message>
    <message>
        <source>Send with</source>
        <translation>发送键</translation>
    </message>
    <message>
        <source>Sensitive topics</source>
        <translation>敏感话题</translation>
    </message>
    <message>
        <source>Several labels at once</source>
        <translation>可同时有多个标签</translation>
    </message>
    <message>
        <source>Sexual content</source>
        <translation>色情内容</translation>
    </message>
    <message>
        <source>Shortest reply</source>
        <translation>最短回复</translation>
    </message>
    <message>
        <source>Slurs</source>
        <translation>歧视性称呼</translation>
    </message>
    <message>
        <source>Statistics under replies</source>
        <translation>回复下方的统计</translation>
    </message>
    <message>
        <source>Stay in the tray</source>
        <translation>留在托盘中</translation>
    </message>
    <message>
        <source>Stop strings</source>
        <translation>停止字符串</translation>
    </message>
    <message>
        <source>Suicide and self-injury; a help line is shown beside.</source>
        <translation>自杀和自残；同时显示求助热线。</translation>
    </message>
    <message>
        <source>Swear words.</source>
        <translation>骂人的话。</translation>
    </message>
    <message>
        <source>System follows your desktop.</source>
        <translation>“跟随系统”随桌面变化。</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>The JSON schema, the regular expression, or the choices, one a line.</source>
        <translation>JSON 模式、正则表达式，或每行一个的选项。</translation>
    </message>
    <message>
        <source>The model may not end its reply before this many tokens. 0 is off.</source>
        <translation>模型在写满这么多词元之前不能结束回复。0 为关闭。</translation>
    </message>
    <message>
        <source>The model that new replies come from.</source>
        <translation>新回复所用的模型。</translation>
    </message>
    <message>
        <source>The reply ends after this many tokens, or where the context window is full.</source>
        <translation>回复在这么多词元之后结束，或在上下文窗口写满时结束。</translation>
    </message>
    <message>
        <source>The reply will be of this form: free text, any JSON, JSON of a schema, what a regular expression matches, or one of some choices.</source>
        <translation>回复将采用此形式：自由文本、任意 JSON、符合模式的 JSON、与正则表达式匹配的文本，或若干选项之一。</translation>
    </message>
    <message>
        <source>The same seed gives the same reply; only between words that are almost equally likely may rounding decide. Left empty: a new one for each reply.</source>
        <translation>相同的种子给出相同的回复；只有在可能性几乎相等的词之间，才可能由舍入决定。留空：每条回复都用新的。</translation>
    </message>
    <message>
        <source>The sampling settings that new conversations start with.</source>
        <translation>新对话开始时使用的采样设置。</translation>
    </message>
    <message>
        <source>The temperature goes up by this much where the model is unsure, and down where it is sure. 0 is off.</source>
        <translation>模型不确定时温度升高这么多，确定时降低这么多。0 为关闭。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Thinking</source>
        <translation>思考</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程</translation>
    </message>
    <message>
        <source>Threats, torture and gore.</source>
        <translation>威胁、酷刑和血腥。</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>Tokens, tokens per second, time to first token.</source>
        <translation>词元数、每秒词元数、首个词元的时间。</translation>
    </message>
    <message>
        <source>Top k</source>
        <translation>Top k</translation>
    </message>
    <message>
        <source>Top n-sigma</source>
        <translation>Top n-sigma</translation>
    </message>
    <message>
        <source>Top p</source>
        <translation>Top p</translation>
    </message>
    <message>
        <source>Two letters such as US or CN, to know phone numbers written without +.</source>
        <translation>两个字母，如 US 或 CN，用于识别不带 + 的电话号码。</translation>
    </message>
    <message>
        <source>Typical p</source>
        <translation>Typical p</translation>
    </message>
    <message>
        <source>Unload after</source>
        <translation>闲置后卸载</translation>
    </message>
    <message>
        <source>Use models of other programs</source>
        <translation>使用其他程序的模型</translation>
    </message>
    <message>
        <source>Violence</source>
        <translation>暴力</translation>
    </message>
    <message>
        <source>Weapons</source>
        <translation>武器</translation>
    </message>
    <message>
        <source>When something that holds such data is copied or exported.</source>
        <translation>复制或导出含有此类信息的内容时。</translation>
    </message>
    <message>
        <source>Where models are kept. Left empty: the app&apos;s own folder.</source>
        <translation>模型存放的位置。留空：应用自己的文件夹。</translation>
    </message>
    <message>
        <source>Where the model computes. Automatic takes the fastest one present.</source>
        <translation>模型在哪里计算。“自动”选用现有最快的。</translation>
    </message>
    <message>
        <source>Where this model computes. Automatic: as in Settings, Model.</source>
        <translation>此模型在哪里计算。自动：按“设置 › 模型”。</translation>
    </message>
    <message>
        <source>Whether the model thinks before it answers, where it can be told.</source>
        <translation>模型回答前是否先思考（如果模型支持）。</translation>
    </message>
    <message>
        <source>With Ctrl+Enter, Enter breaks the line. Shift+Enter always does.</source>
        <translation>选 Ctrl+Enter 时，Enter 换行。Shift+Enter 始终换行。</translation>
    </message>
    <message>
        <source>Words and phrases that must not appear, separated by commas.</source>
        <translation>不得出现的词语和短语，用逗号分隔。</translation>
    </message>
    <message>
        <source>Words that demean a group of people.</source>
        <translation>贬低某一人群的词语。</translation>
    </message>
    <message>
        <source>Words that the filter leaves alone, separated by commas.</source>
        <translation>过滤器不处理的词语，用逗号分隔。</translation>
    </message>
    <message>
        <source>XTC leaves out all tokens at least this likely but the last of them. Above 0.5 it is off.</source>
        <translation>XTC 略去概率至少这么高的所有词元，只留下其中最后一个。高于 0.5 时关闭。</translation>
    </message>
    <message>
        <source>XTC probability</source>
        <translation>XTC 概率</translation>
    </message>
    <message>
        <source>XTC threshold</source>
        <translation>XTC 阈值</translation>
    </message>
    <message>
        <source>minutes</source>
        <translation>分钟</translation>
    </message>
    <message>
        <source>times</source>
        <translation>次</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
</context>
</TS>
