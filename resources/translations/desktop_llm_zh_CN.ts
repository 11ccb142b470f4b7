<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutCard</name>
    <message>
        <source>Version {version}. Free software under the MIT licence.</source>
        <translation>版本 {version}。自由软件，采用 MIT 许可证。</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>ChatPresenter</name>
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
        <source>The reply is still being written. Stop it first, or wait.</source>
        <translation>回复还在生成。请先停止它，或稍等。</translation>
    </message>
    <message>
        <source>This reply is complete; there is nothing to continue.</source>
        <translation>这条回复已经完整，没有可以继续的内容。</translation>
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
        <translation>抹除所有对话吗？此操作无法撤销。</translation>
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
        <translation>采样归零</translation>
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
        <translation>本对话的采样设置和系统提示词</translation>
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
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>System prompt…</source>
        <translation>系统提示词…</translation>
    </message>
    <message>
        <source>The model reads it before everything else. There is none yet.</source>
        <translation>模型最先读到的就是它。目前还没有填写。</translation>
    </message>
    <message>
        <source>block</source>
        <translation>阻止</translation>
    </message>
    <message>
        <source>mask</source>
        <translation>遮盖</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>{name}, changed</source>
        <translation>{name}（已改）</translation>
    </message>
</context>
<context>
    <name>ConversationView</name>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
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
    <name>Dots</name>
    <message>
        <source>Step {number} of {all}</source>
        <translation>第 {number} 步，共 {all} 步</translation>
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
        <source>, or left empty</source>
        <translation>，或留空</translation>
    </message>
    <message>
        <source>That does not fit. It must be {allowed}.</source>
        <translation>这个值不合适。应为：{allowed}。</translation>
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
    <name>Foot</name>
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
        <source>Nothing was lost.</source>
        <translation>没有丢失任何内容。</translation>
    </message>
    <message>
        <source>Something went wrong inside the app.</source>
        <translation>应用内部出了问题。</translation>
    </message>
    <message>
        <source>The log has the details; its folder is under Settings, Privacy.</source>
        <translation>详情在日志中；日志文件夹见“设置”中的“隐私”。</translation>
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
        <translation>{architecture}，{size} 百万参数，最多读取 {window} 个词元。以 {precision} 在 {device} 上运行。{reason}</translation>
    </message>
</context>
<context>
    <name>ModelPresenter</name>
    <message>
        <source>Choose another model in the menu at the top.</source>
        <translation>请在顶部的菜单中选择另一个模型。</translation>
    </message>
    <message>
        <source>The model has not answered for 30 seconds. It may be swapping to disk.</source>
        <translation>模型已有 30 秒没有响应，可能正在与磁盘交换内存。</translation>
    </message>
    <message>
        <source>{name} cannot be loaded.</source>
        <translation>无法加载 {name}。</translation>
    </message>
</context>
<context>
    <name>NewButton</name>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>New conversation (Ctrl+N)</source>
        <translation>新对话（Ctrl+N）</translation>
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
        <translation>从磁盘上抹除全部历史记录。此操作无法撤销。</translation>
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
        <translation>归零</translation>
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
    <name>Refusal</name>
    <message>
        <source>Desktop LLM cannot start</source>
        <translation>Desktop LLM 无法启动</translation>
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
        <translation>还原“{title}”</translation>
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
    <name>SamplingDialog</name>
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
        <translation>归零</translation>
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
        <translation>阻止</translation>
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
        <source>Everything stays on this computer; nothing is sent.</source>
        <translation>一切都留在这台电脑上，不会发送任何内容。</translation>
    </message>
    <message>
        <source>General</source>
        <translation>常规</translation>
    </message>
    <message>
        <source>How it looks and moves.</source>
        <translation>它的样子和动态。</translation>
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
        <source>Privacy</source>
        <translation>隐私</translation>
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
        <source>System</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>{low} to {high}{unit}.</source>
        <translation>{low} 到 {high}{unit}。</translation>
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
        <source>New conversation</source>
        <translation>新对话</translation>
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
        <translation>过去 30 天</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>过去 7 天</translation>
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
        <translation>已置顶</translation>
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
    <name>Statistics</name>
    <message>
        <source>blocked by the safety filter</source>
        <translation>被安全过滤阻止</translation>
    </message>
    <message>
        <source>ended at the length limit</source>
        <translation>达到长度上限</translation>
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
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>System prompt of this conversation</source>
        <translation>本对话的系统提示词</translation>
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
    <name>Toast</name>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Add a model folder…</source>
        <translation>添加模型文件夹…</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Choose a model folder</source>
        <translation>选择模型文件夹</translation>
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
        <source>Unload, free the memory</source>
        <translation>卸载，释放内存</translation>
    </message>
    <message>
        <source>{used} of {window} tokens</source>
        <translation>{used} / {window} 词元</translation>
    </message>
</context>
<context>
    <name>TryCard</name>
    <message numerus="yes">
        <source>%n found: {rules}</source>
        <translation>
            <numerusform>找到 %n 处：{rules}</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing was found; the text passes as it is.</source>
        <translation>没有发现问题，文字原样通过。</translation>
    </message>
    <message>
        <source>Text to try</source>
        <translation>要试的文字</translation>
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
        <source>Write something with one of your words</source>
        <translation>写一句含有你的词语的话</translation>
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
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model must not read other files, so it was not opened.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A preset needs a name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another copy of the app is busy with the same files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask for the rest in a new message, or choose a model with a larger context window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check that the file is there and that you may read it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a model of a common architecture, such as Llama, Qwen or Mistral.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another guard model in the settings of the safety filter.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose fp32 as the precision, neutralise the sampling settings, or another model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose one at the top of the window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose one of these, such as Llama, Qwen, Mistral or GPT-2.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the folder that holds config.json and model.safetensors.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the folder that holds the model&apos;s config.json.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the same model in Q4_K_M or Q8_0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the same model in bf16 or fp16.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close other programs, choose int8 or int4 as the precision, or a smaller model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close other programs, or choose a smaller guard model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy tokenizer.json from the place the model came from, or download it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deleted text may still be in the history&apos;s log.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do not use this copy of the model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Download it again, or choose another model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Free some space and start again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Free some space, or check the folder&apos;s permissions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give a larger --context or a smaller --new.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give a question, or - and some input.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install the app again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It holds no JSON object.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is in no keyring of this system and in no key file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is not valid JSON.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It lists no weights.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It needs a tokenizer.json.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It renders nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was deleted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was left as it is. Put back the right key or a copy of the file, or move the file elsewhere to start with a new history.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its key is the wrong one, or the file is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its weights may be damaged, its precision too low, or every token is forbidden.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look for a copy of the model that has tokenizer.json.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look for a newer file of the same model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look for the same model as safetensors; most are offered so.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move it elsewhere to start with a new history.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name one of them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model is loaded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only a reply can be made again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opening such a file can run any program, so this app never does.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put a copy of it back, or move it elsewhere to start with a new history.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put the file back, or move that part elsewhere to start with a new history.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put the key back. Without it the history cannot be read; to start with a new one, move the file elsewhere.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove the system prompt, start a new conversation, or choose another model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shorten it, or choose a model with a larger context window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something outside the app has emptied it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The app is ending.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The app reads versions 2 and 3.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The app runs causal language models: text in, the next token out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The app runs no code out of a model, and transformers does not know this one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The context window is too short for that many new tokens.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversation or message is not there any longer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The download was probably interrupted. Download it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file may be newer than this version of the app.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The guard model does not fit into memory.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The history cannot be encrypted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The history cannot be opened.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The history cannot be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The history could not be read or written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The history is closed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The history is locked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The history must be brought up to date, and there is no room for a copy of it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The history was written by a newer version of the app.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The installed sqlcipher3 is not SQLCipher.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The message is empty.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The message is too long for this model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model could not be loaded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model may be newer than this version of the app, or be of another kind.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model&apos;s chat template cannot express this conversation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model&apos;s numbers are no longer valid, so no token could be drawn.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The output could not be written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This app did not write it, and refuses to write into it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This reply cannot go on: it fills the model&apos;s context window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock the keyring (on a desktop: log in there), and start again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Update the app, or choose another model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Update the app. The history was left as it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wait for it, or end it, and try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without it the app cannot turn text into tokens.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write something first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>`desktop-llm chats list` shows them all.</source>
        <translation type="unfinished"></translation>
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
        <source>Ask before deleting</source>
        <translation>删除前询问</translation>
    </message>
    <message>
        <source>Checks every reply before it reaches the screen, the history or the clipboard.</source>
        <translation>每条回复在到达屏幕、历史记录或剪贴板之前都会被检查。</translation>
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
        <source>Deleting can be undone for a short while either way.</source>
        <translation>无论哪种方式，删除后都能在短时间内撤销。</translation>
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
        <source>Filter replies</source>
        <translation>过滤回复</translation>
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
        <source>Makes tokens that were already used less likely, whatever their number. 1 is off.</source>
        <translation>让用过的词元更不容易再出现，不论次数。1 为关闭。</translation>
    </message>
    <message>
        <source>Mask hides it. Block ends the reply and says why.</source>
        <translation>“遮盖”把它盖住；“阻止”结束回复并说明原因。</translation>
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
        <source>My own words</source>
        <translation>我的词语</translation>
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
        <source>Open the last conversation at start</source>
        <translation>启动时打开上次的对话</translation>
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
        <source>Processor threads for the model. Left empty: all physical cores.</source>
        <translation>模型使用的处理器线程数。留空：所有物理核心。</translation>
    </message>
    <message>
        <source>Reduce motion</source>
        <translation>减少动画</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Send with</source>
        <translation>发送键</translation>
    </message>
    <message>
        <source>Statistics under replies</source>
        <translation>回复下方的统计</translation>
    </message>
    <message>
        <source>Stop strings</source>
        <translation>停止字符串</translation>
    </message>
    <message>
        <source>System follows your desktop.</source>
        <translation>“跟随系统”随桌面变化。</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
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
        <source>The model that new replies come from.</source>
        <translation>新回复所用的模型。</translation>
    </message>
    <message>
        <source>The other one breaks the line. Shift+Enter always does.</source>
        <translation>另一个键换行。Shift+Enter 始终换行。</translation>
    </message>
    <message>
        <source>The reply ends after this many tokens, or where the context window is full.</source>
        <translation>回复在这么多词元之后结束，或在上下文窗口写满时结束。</translation>
    </message>
    <message>
        <source>The reply ends before any of these texts would be written. Separate them with commas.</source>
        <translation>回复在写出其中任何一段文字之前结束。用逗号分隔。</translation>
    </message>
    <message>
        <source>The same seed gives the same reply. Left empty: a new one for each reply.</source>
        <translation>相同的种子给出相同的回复。留空：每条回复都用新的。</translation>
    </message>
    <message>
        <source>The sampling settings that new conversations start with.</source>
        <translation>新对话开始时使用的采样设置。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程</translation>
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
        <source>Top p</source>
        <translation>Top p</translation>
    </message>
    <message>
        <source>Typical p</source>
        <translation>Typical p</translation>
    </message>
    <message>
        <source>When one appears</source>
        <translation>出现时</translation>
    </message>
    <message>
        <source>Where the model computes. Automatic takes the fastest one present.</source>
        <translation>模型在哪里计算。“自动”选用现有最快的。</translation>
    </message>
    <message>
        <source>Words and phrases that must not appear, separated by commas.</source>
        <translation>不得出现的词语和短语，用逗号分隔。</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
</context>
</TS>
