//! The help in Chinese: what verbs and arguments say of themselves, beside the English text.
//!
//! A test holds the table complete: every text of the command line is in it, and nothing else.

/// English and Chinese, in the order of the verbs; what several verbs say comes first.
pub const WORDS: &[(&str, &str)] = &[
    (
        "A small language and tool for choosing who gets a message: checked, exact, explained, fast",
        "用来选定“消息发给谁”的小语言和工具：有检查、精确、可解释、快",
    ),
    (
        "Language of messages: en or zh [default: segrule.toml, then the locale]",
        "消息的语言：en 或 zh [默认：segrule.toml，其次系统语言]",
    ),
    (
        "Rule files or folders of them [default: segrule.toml, then rules/]",
        "规则文件或其文件夹 [默认：segrule.toml，其次 rules/]",
    ),
    (
        "Rule files or folders; the same as --rules",
        "规则文件或文件夹，与 --rules 相同",
    ),
    ("Sets a parameter of the rules", "设置规则中的参数"),
    (
        "Contact files (CSV, TSV, NDJSON, JSON, Parquet; also .gz and .zst); `-` is standard input",
        "联系人文件（CSV、TSV、NDJSON、JSON、Parquet，也可为 .gz、.zst）；- 表示标准输入",
    ),
    (
        "The column that identifies a contact, when no schema says so",
        "标识联系人的列（档案没有说明时）",
    ),
    (
        "The format of the data, when the file name does not tell",
        "数据的格式（文件名看不出时）：csv、ndjson 或 parquet",
    ),
    (
        "What separates CSV fields: one character, or `tab` [default: found out]",
        "CSV 的分隔符：一个字符，或 tab [默认：自动识别]",
    ),
    (
        "Column names of a CSV file without a header",
        "没有表头的 CSV 文件的列名",
    ),
    (
        "The text encoding: utf-8 or gb18030",
        "文本编码：utf-8 或 gb18030",
    ),
    (
        "Share of unreadable records that fails the run [default: segrule.toml, then 0.1%]",
        "无法读取的记录超过此比例则失败 [默认：segrule.toml，其次 0.1%]",
    ),
    (
        "Writes rejected records (file, line, reason) to a CSV file",
        "把被拒绝的记录（文件、行、原因）写入 CSV 文件",
    ),
    (
        "Threads to use [default: all cores]",
        "使用的线程数 [默认：全部核心]",
    ),
    (
        "The run's now, such as 2026-11-22T09:00+08:00 [default: the clock]",
        "运行的“现在”，如 2026-11-22T09:00+08:00 [默认：系统时钟]",
    ),
    (
        "The run's zone, such as Asia/Shanghai [default: segrule.toml, then UTC]",
        "运行的时区，如 Asia/Shanghai [默认：segrule.toml，其次 UTC]",
    ),
    (
        "Contact files, as with --data",
        "联系人文件，与 --data 相同",
    ),
    (
        "Segments by name [default: all of them]",
        "人群的名称 [默认：全部]",
    ),
    ("The segment's name", "人群的名称"),
    (
        "An expression in place of named segments",
        "用表达式代替人群名称",
    ),
    (
        "An expression in place of a named segment",
        "用表达式代替人群名称",
    ),
    (
        "The file to write; its extension says the format [default: standard output, CSV]",
        "要写的文件，扩展名决定格式 [默认：标准输出，CSV]",
    ),
    (
        "The format, whatever the file is called: csv, ndjson or parquet",
        "格式（不看文件名）：csv、ndjson 或 parquet",
    ),
    ("Replaces an existing file", "替换已有的文件"),
    (
        "Guards formulas for people who open the file in a spreadsheet",
        "防止电子表格把单元格当作公式执行",
    ),
    ("The campaign", "群发的名称"),
    (
        "What was sent before: columns id, at, and platform, campaign, send when known",
        "以前发过的：列 id、at，已知时还有 platform、campaign、send",
    ),
    ("Print help", "显示帮助"),
    ("Print version", "显示版本"),
    (
        "Checks rule files: syntax, names, types, values",
        "检查规则文件：语法、名称、类型、值",
    ),
    ("How findings are written", "检查结果的格式"),
    ("Makes warnings fail the check", "有警告也算失败"),
    (
        "Checks again whenever a file changes",
        "文件一有变化就重新检查",
    ),
    (
        "Runs the tests again whenever a file changes",
        "文件一有变化就重新运行测试",
    ),
    (
        "Applies the safe fixes to the files",
        "把安全的修复写入文件",
    ),
    (
        "Shows what --fix would change, and changes nothing",
        "显示 --fix 会改什么，但不改动",
    ),
    (
        "Only findings on lines changed since a git revision, and findings that are new since then",
        "只报告自某个 git 版本以来改动过的行上的、以及此后新出现的问题",
    ),
    (
        "Leaves out the findings recorded in a file, and tells which of them are gone",
        "不报告文件中已记录的问题，并指出其中哪些已消失",
    ),
    (
        "Records the findings in a file for --baseline",
        "把问题记录到文件，供 --baseline 使用",
    ),
    (
        "With --fix or --diff: also the fixes that a person should look at",
        "与 --fix 或 --diff 同用：也包括需要人看过的修复",
    ),
    (
        "Counts the members of segments, exactly",
        "精确统计各人群的人数",
    ),
    ("How the counts are written", "统计结果的格式"),
    ("Writes the members of a segment", "写出一个人群的成员"),
    (
        "Fields to write beside the id, or `all`",
        "除编号外还要写出的字段，或 all",
    ),
    (
        "Writes the segments of every contact",
        "写出每个联系人所属的人群",
    ),
    (
        "Writes one Roaring bitmap a segment over record numbers into a new folder",
        "每个人群写一个 Roaring 位图（按记录号），放入新文件夹",
    ),
    (
        "Answers lines of JSON from standard input one by one, each at once",
        "逐行回答标准输入的 JSON，每行立即回答",
    ),
    (
        "Shows what each clause of a segment removes",
        "显示人群的每个条件去掉了多少人",
    ),
    ("How the funnel is written", "漏斗的格式"),
    (
        "Plans a campaign: who gets it when, within the platform's limits",
        "制定群发计划：在平台限额之内，谁在何时收到",
    ),
    (
        "The folder to write: plan.json, plan.html, batches/0001.csv … [default: only the summary]",
        "要写的文件夹：plan.json、plan.html、batches/0001.csv … [默认：只显示摘要]",
    ),
    (
        "Replaces the folder of an earlier plan",
        "替换以前计划的文件夹",
    ),
    (
        "Guards ids that a spreadsheet would take for formulas, or writes them as they are",
        "防止电子表格把编号当作公式，或照原样写出",
    ),
    (
        "How the result is written to standard output",
        "写到标准输出的结果的格式",
    ),
    (
        "Compares a campaign over every platform that can carry it",
        "在所有能承载的平台上比较一个群发",
    ),
    ("How the table is written", "表格的格式"),
    ("Shows what comes with segrule", "显示 segrule 自带的内容"),
    (
        "The built-in platforms as rule text: their limits, prices and sources",
        "以规则文本显示内置平台：限额、价格和来源",
    ),
    (
        "Explains a diagnostic code, why a contact is in or out, or who is in for want of a value",
        "解释诊断代码、某个联系人为什么在或不在，或谁只因缺失值而入选",
    ),
    (
        "The contact to explain a segment for",
        "要解释的联系人的编号",
    ),
    (
        "Lists who is in only because a value is missing, and which value",
        "列出谁只因缺失值而入选，以及缺的是哪个值",
    ),
    (
        "People that --missing lists by id",
        "--missing 列出编号的人数",
    ),
    ("How the explanation is written", "解释的格式"),
    (
        "Compares two versions of the rules: what changed, who is gained and lost",
        "比较两版规则：改变了什么，谁加入、谁离开",
    ),
    (
        "The old rules: a file, a folder or a git revision",
        "旧规则：文件、文件夹或 git 版本",
    ),
    (
        "The new rules [default: those of --rules]",
        "新规则 [默认：--rules 所指]",
    ),
    (
        "Only this segment; may be given several times",
        "只比较这个人群；可多次给出",
    ),
    (
        "The new side's now, for the same rules at two times; --now is the old side's",
        "新一侧的“现在”，用于比较同一规则的两个时刻；--now 是旧一侧的",
    ),
    (
        "Most ids shown of people gained and of people lost",
        "最多显示多少个加入者和离开者的编号",
    ),
    ("How the difference is written", "差异的格式"),
    (
        "Proves a claim about segments, or shows a contact that breaks it",
        "证明关于人群的命题，或给出反例",
    ),
    (
        "What to prove: \"a implies b\", \"a disjoint b\", \"a equals b\", \"a never\", \"a always\"; a and b are segments or expressions",
        "要证明的命题：“甲 蕴含 乙”“甲 互斥 乙”“甲 等同 乙”“甲 不可能”“甲 必然”；甲、乙是人群或表达式",
    ),
    (
        "Relates all segments with each other: which are equal, inside another, disjoint; names narrow it to pairs with these",
        "所有人群两两之间的关系：相同、包含、互斥；给出名称则只看含有它们的对",
    ),
    ("How the answer is written", "答案的格式"),
    ("Runs the tests in rule files", "运行规则文件里的测试"),
    (
        "Shows which clauses no test hangs on, each way",
        "显示哪些条件没有测试把关（成立与不成立）",
    ),
    (
        "Fails when less is covered than this share of the clauses",
        "条件覆盖率低于此比例则失败",
    ),
    (
        "Prints tests for clauses that are not covered",
        "为未覆盖的条件写出测试",
    ),
    (
        "Looks only at the clauses of this segment; may be given several times",
        "只看这个人群的条件；可多次给出",
    ),
    (
        "The file the suggested tests are written to [default: standard output]",
        "写入建议的测试的文件 [默认：标准输出]",
    ),
    ("How the results are written", "测试结果的格式"),
    ("Works with schemas", "处理档案"),
    (
        "Prints the schema that contact files have, as a rule file",
        "以规则文件的形式写出联系人文件的档案",
    ),
    (
        "Lays rule files out in one way, comments kept",
        "统一规则文件的排版，保留注释",
    ),
    (
        "Changes nothing; exit code 1 when a file would change",
        "不改动；有文件需要改动时退出码为 1",
    ),
    ("Shows the changes, and makes none", "显示改动，但不改动"),
    (
        "Prints a completion script for a shell",
        "写出命令行补全脚本",
    ),
    ("The shell to complete for", "哪个命令行"),
    ("Prints the manual page", "写出手册页"),
    (
        "The verb whose page is printed; all of them, one after the other, without it",
        "要写出哪个命令的手册；不给出则依次写出全部",
    ),
    (
        "Shows what segments and campaigns read, or who reads something",
        "显示人群和群发读取什么，或谁读取了某项",
    ),
    (
        "Segments and campaigns by name [default: all of them]",
        "人群和群发的名称 [默认：全部]",
    ),
    (
        "Lists who reads a field, segment, list or parameter instead",
        "改为列出谁读取某个字段、人群、名单或参数",
    ),
    ("How the result is written", "结果的格式"),
    (
        "Serves an editor: the language server, over standard input and output",
        "为编辑器服务：语言服务器，经由标准输入和输出",
    ),
    (
        "Talks over standard input and output; the only way, accepted because editors pass it",
        "经由标准输入和输出通信；这是唯一的方式，因编辑器会传入而接受",
    ),
    (
        "Answers expressions one after the other: contacts stay in memory",
        "交互查询：联系人留在内存，逐条回答表达式",
    ),
    (
        "Where lines typed are kept [default: in the user's data folder]",
        "输入历史保存在何处 [默认：用户数据目录]",
    ),
    ("Keeps no lines", "不保存输入历史"),
];
