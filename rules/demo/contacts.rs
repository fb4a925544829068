//! Makes the contacts of the demo: the same bytes on every machine.
//!
//! 5,000 contacts that can be read and 4 records that cannot, with the spellings, blanks and mistakes
//! that contact files have. 876 of them live in Beijing, are 18 to 24 and last visited the course page.

/// Contacts that satisfy the demo's first segment.
const MATCHES: usize = 876;
/// Beijing, 18 to 24, but another page.
const OTHER_PAGE: usize = 431;
/// Beijing, but another age or none.
const OTHER_AGE: usize = 702;
/// An age that cannot be read.
const BAD_AGE: usize = 9;
/// A place that cannot be told.
const BAD_PLACE: usize = 7;
/// All contacts that can be read.
const CONTACTS: usize = 5_000;
/// Where records stand that have too few fields to be read.
const RAGGED_AT: [usize; 4] = [700, 1900, 3100, 4300];
/// One contact in so many has a time that no calendar has.
const IMPOSSIBLE_TIME_EVERY: usize = 625;

/// Ages as people type them that are no numbers of years.
const BAD_AGES: [&str; 5] = ["18岁", "N/A", "二十", "199", "２４岁"];

/// Places that stand for several, and one that is none.
const BAD_PLACES: [&str; 4] = ["朝阳", "鼓楼区", "北惊", "Suzhou"];

/// Times that no calendar and no clock has.
const IMPOSSIBLE_TIMES: [&str; 4] = [
    "2026-02-30",
    "2026-11-31T08:00:00",
    "2026-10-01T24:00:00",
    "昨天",
];

const BEIJING: [&str; 20] = [
    "北京",
    "北京市",
    "北京市海淀区",
    "北京/朝阳区",
    "北京市/朝阳区",
    "Beijing",
    "beijing",
    "110000",
    "110108",
    "北京市市辖区",
    "北京-海淀",
    "北京 西城区",
    "北京市/市辖区/东城区",
    "京",
    "北京·丰台区",
    "Haidian",
    "北京市昌平区",
    "110105",
    " 北京 ",
    "北京市通州区",
];

const ELSEWHERE: [&str; 28] = [
    "上海",
    "上海市浦东新区",
    "Shanghai",
    "310000",
    "广东省深圳市",
    "广东·深圳",
    "Shenzhen",
    "广州市",
    "广东省/广州市/天河区",
    "440300",
    "浙江/杭州",
    "杭州市西湖区",
    "江苏省南京市",
    "Nanjing",
    "成都",
    "四川省/成都市",
    "武汉",
    "湖北武汉",
    "重庆市渝中区",
    "重庆",
    "天津",
    "陕西省西安市",
    "山东/青岛",
    "福建省厦门市",
    "湖南/长沙",
    "河南省郑州市",
    "内蒙古",
    "Guangdong",
];

const PAGES: [&str; 8] = [
    "首页",
    "商品详情页",
    "购物车",
    "会员中心",
    "优惠券页",
    "直播间",
    "搜索页",
    "",
];

const TAGS: [&str; 8] = [
    "高价值",
    "价格敏感",
    "新客",
    "流失风险",
    "母婴",
    "数码",
    "美妆",
    "学生",
];

/// A small generator of numbers that look random: xorshift with a multiplied output.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33
    }

    /// A number below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let at = self.below(from.len() as u64) as usize;
        from.get(at).copied().unwrap_or("")
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

/// What decides whether a contact is in the demo's first segment.
enum Kind {
    Match,
    OtherPage,
    OtherAge,
    BadAge(&'static str),
    BadPlace(&'static str),
    Elsewhere,
}

/// The whole file, header included.
pub fn contacts_csv() -> String {
    let mut dice = Dice(0x5EED_2026_1122);
    let mut kinds: Vec<Kind> = (0..CONTACTS).map(kind_of).collect();
    for at in (1..kinds.len()).rev() {
        kinds.swap(at, dice.below(at as u64 + 1) as usize);
    }
    let mut out = String::from(
        "id,所在地,年龄,device,network,最近活跃,last_login,last_purchase,最近访问,tags,orders,spend,blocked\n",
    );
    for (index, kind) in kinds.iter().enumerate() {
        if RAGGED_AT.contains(&index) {
            // A record with missing fields: it cannot be read, and is rejected.
            out.push_str(&format!("r{index:05},北京,20,ios\n"));
        }
        out.push_str(&contact(index, kind, &mut dice));
    }
    out
}

fn kind_of(index: usize) -> Kind {
    let ends = [MATCHES, OTHER_PAGE, OTHER_AGE, BAD_AGE, BAD_PLACE];
    let mut end = 0;
    let place = ends.iter().position(|count| {
        end += count;
        index < end
    });
    match place {
        Some(0) => Kind::Match,
        Some(1) => Kind::OtherPage,
        Some(2) => Kind::OtherAge,
        Some(3) => Kind::BadAge(turn(&BAD_AGES, index)),
        Some(4) => Kind::BadPlace(turn(&BAD_PLACES, index)),
        _ => Kind::Elsewhere,
    }
}

fn contact(index: usize, kind: &Kind, dice: &mut Dice) -> String {
    let student = 18 + dice.below(7);
    let anyone = match dice.below(10) {
        0 => 12 + dice.below(6),
        _ => 25 + dice.below(45),
    };
    let place = match kind {
        Kind::Match | Kind::OtherPage | Kind::OtherAge | Kind::BadAge(_) => dice.pick(&BEIJING),
        Kind::BadPlace(text) => text,
        Kind::Elsewhere if dice.percent(4) => "",
        Kind::Elsewhere => dice.pick(&ELSEWHERE),
    };
    let age = match kind {
        Kind::Match | Kind::OtherPage => age_text(student, dice),
        Kind::OtherAge if dice.percent(20) => String::new(),
        Kind::OtherAge => age_text(anyone, dice),
        Kind::BadAge(text) => (*text).to_string(),
        Kind::BadPlace(_) => age_text(student, dice),
        Kind::Elsewhere if dice.percent(8) => " ".to_string(),
        Kind::Elsewhere if dice.percent(30) => age_text(student, dice),
        Kind::Elsewhere => age_text(anyone, dice),
    };
    let page = match kind {
        Kind::Match | Kind::BadAge(_) | Kind::BadPlace(_) => dice.pick(&[
            "课程页",
            "课程页",
            "课程页",
            "课程页",
            " 课程页",
            "课程页\u{3000}",
        ]),
        Kind::OtherPage => dice.pick(&PAGES),
        Kind::OtherAge | Kind::Elsewhere if dice.percent(25) => "课程页",
        Kind::OtherAge | Kind::Elsewhere => dice.pick(&PAGES),
    };
    let device = dice.pick(&["android", "ios", "harmony", "pc", "ios", "android", ""]);
    let network = dice.pick(&["4g", "5g", "wifi", "wifi", ""]);
    let active = time_text(dice, 40, 3);
    let mut login = time_text(dice, 120, 10);
    if index % IMPOSSIBLE_TIME_EVERY == 11 {
        login = turn(&IMPOSSIBLE_TIMES, index / IMPOSSIBLE_TIME_EVERY).to_string();
    }
    let (purchase, orders, spend) = purchases(dice);
    let tags = tags_text(dice);
    let blocked = dice.pick(&[
        "false", "false", "false", "false", "no", "否", "0", "true", "",
    ]);
    format!(
        "c{index:05},{place},{age},{device},{network},{active},{login},{purchase},{page},{tags},{orders},{spend},{blocked}\n"
    )
}

/// Takes the texts in turn.
fn turn(from: &[&'static str], index: usize) -> &'static str {
    from.get(index % from.len()).copied().unwrap_or("")
}

fn age_text(age: u64, dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => age
            .to_string()
            .chars()
            .filter_map(|digit| char::from_u32(u32::from(digit) + 0xFEE0))
            .collect(),
        1 => format!(" {age} "),
        2 => format!("{age}.0"),
        _ => age.to_string(),
    }
}

/// A local time up to `days` days before 22 November 2026, blank for some.
fn time_text(dice: &mut Dice, days: u64, blank_percent: u64) -> String {
    let back = dice.below(days);
    let (hour, minute, second) = (dice.below(24), dice.below(60), dice.below(60));
    if dice.percent(blank_percent) {
        return String::new();
    }
    let date = date_before(back);
    match dice.below(20) {
        0 => date,
        1 => format!("{date} {hour:02}:{minute:02}"),
        2 => format!("{date}T{hour:02}:{minute:02}:{second:02}+08:00"),
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
    }
}

/// The date so many days before 21 November 2026 (the day before the demo's now), within one year.
fn date_before(back: u64) -> String {
    const LENGTHS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (mut year, mut month, mut day) = (2026, 11usize, 21u64);
    let mut left = back;
    while left >= day {
        left -= day;
        if month == 1 {
            year -= 1;
            month = 12;
        } else {
            month -= 1;
        }
        day = LENGTHS.get(month - 1).copied().unwrap_or(30);
    }
    format!("{year}-{month:02}-{:02}", day - left)
}

fn purchases(dice: &mut Dice) -> (String, String, String) {
    if dice.percent(45) {
        return match dice.percent(50) {
            true => (String::new(), "0".into(), "0.00".into()),
            false => (String::new(), String::new(), String::new()),
        };
    }
    let orders = 1 + dice.below(9);
    let cents = orders * (1_000 + dice.below(40_000));
    let spend = match dice.percent(1) {
        // Written by hand, with a comma: it cannot be read.
        true => format!("\"{},{:03}.00\"", 1 + cents / 100_000, cents % 1_000),
        false => format!("{}.{:02}", cents / 100, cents % 100),
    };
    (time_text(dice, 200, 0), orders.to_string(), spend)
}

fn tags_text(dice: &mut Dice) -> String {
    let count = dice.below(4);
    let tags: Vec<&str> = (0..count).map(|_| dice.pick(&TAGS)).collect();
    tags.join(";")
}
