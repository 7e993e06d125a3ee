"""The words the painter knows, English and Chinese, and what they stand for."""

from __future__ import annotations

from .colour import Colour, rgb

COLOURS: dict[str, Colour] = {
    name: rgb(digits)
    for name, digits in (
        pair.split(":")
        for pair in [
            "red:c8382e",
            "orange:e8833a",
            "yellow:f0c445",
            "gold:d9a83f",
            "green:4f9a5b",
            "teal:2f8f8b",
            "turquoise:3db8b0",
            "blue:3f74c4",
            "navy:27406f",
            "purple:7a53a8",
            "violet:8f6bc9",
            "pink:e58aa8",
            "brown:8a5a3b",
            "black:2b2a33",
            "white:f2efe9",
            "grey:8d9099",
            "silver:b8bec8",
            "cyan:48c4d9",
            "magenta:cf4a93",
            "beige:dcc9a5",
        ]
    )
}

# kind of word -> what it stands for -> the words, English in the singular
VOCABULARY: dict[str, dict[str, str]] = {
    "subject": {
        "fox": "fox vixen 狐狸 狐",
        "cat": "cat kitten kitty tabby 小猫 猫咪 猫",
        "dog": "dog puppy corgi retriever husky 小狗 狗 犬",
        "wolf": "wolf wolves 狼",
        "bear": "bear grizzly teddy 熊",
        "panda": "panda 熊猫",
        "tiger": "tiger lion leopard 老虎 虎 狮子 狮",
        "rabbit": "rabbit bunny hare 兔子 兔",
        "owl": "owl 猫头鹰",
        "bird": "bird sparrow robin finch parrot crow raven hummingbird 小鸟 鸟 麻雀 鹦鹉",
        "penguin": "penguin 企鹅",
        "fish": "fish goldfish koi shark salmon 金鱼 锦鲤 鲤鱼 鱼",
        "whale": "whale dolphin orca 鲸鱼 鲸 海豚",
        "horse": "horse pony stallion unicorn 马 独角兽",
        "deer": "deer stag elk moose reindeer 鹿",
        "elephant": "elephant 大象 象",
        "butterfly": "butterfly butterflies moth 蝴蝶",
        "turtle": "turtle tortoise 乌龟 海龟 龟",
        "robot": "robot android mech cyborg 机器人",
        "astronaut": "astronaut cosmonaut spaceman 宇航员 航天员",
        "person": (
            "person woman man girl boy child portrait human people lady traveler traveller wizard samurai "
            "princess knight 人物 女孩 男孩 女人 男人 孩子 少女 少年 女子 人像 旅人 武士 公主 骑士"
        ),
        "house": "house village cottage cabin hut barn farmhouse 房子 小屋 木屋 屋",
        "castle": "castle fortress palace citadel 城堡 宫殿",
        "lighthouse": "lighthouse 灯塔",
        "windmill": "windmill mill turbine 风车",
        "pagoda": "pagoda temple shrine 宝塔 寺庙 寺 塔",
        "bridge": "bridge 桥",
        "tent": "tent camp camping campfire 帐篷 露营",
        "sailboat": "sailboat boat yacht sail sailing 帆船 小船 船",
        "ship": "ship galleon ferry steamer 轮船 大船 海盗船",
        "car": "car automobile taxi van truck jeep 汽车 轿车 车",
        "train": "train locomotive tram 火车 列车",
        "bicycle": "bicycle bike 自行车 单车",
        "rocket": "rocket spaceship spacecraft shuttle 火箭 飞船",
        "plane": "plane airplane aeroplane aircraft jet 飞机",
        "balloon": "balloon airship zeppelin 热气球 气球",
        "tree": "tree oak maple willow bonsai 大树 树",
        "flower": "flower tulip rose daisy lily lotus bouquet peony orchid 花朵 花 玫瑰 莲 荷 牡丹",
        "sunflower": "sunflower 向日葵",
        "mushroom": "mushroom toadstool fungus fungi 蘑菇",
        "cactus": "cactus cacti succulent 仙人掌",
        "bottle": "bottle flask perfume wine potion 瓶子 酒瓶 瓶",
        "cup": "cup mug coffee tea teacup latte espresso 杯子 咖啡 茶 杯",
        "hat": "hat fedora sombrero 帽子 帽",
        "apple": "apple 苹果",
        "pear": "pear 梨",
        "citrus": "tangerine citrus mandarin 橙子 橘子",
        "lemon": "lemon lime 柠檬",
        "book": "book notebook novel 书本 书",
        "guitar": "guitar ukulele violin cello 吉他 小提琴",
        "lantern": "lantern lamp candle 灯笼 台灯 蜡烛",
        "vase": "vase jug pot pitcher teapot 花瓶 茶壶 壶",
        "umbrella": "umbrella parasol 雨伞 伞",
        "heart": "heart 爱心 心形",
        "star": "star 五角星",
    },
    "place": {
        "mountains": (
            "mountain mountains ridge peak alps alpine cliff valley himalaya everest volcano summit 山 山峰 山谷 雪山"
        ),
        "forest": "forest wood woods woodland jungle pine pines grove rainforest 森林 树林 丛林 竹林",
        "meadow": (
            "meadow field hill grass garden farm countryside prairie steppe park lawn vineyard 草地 草原 田野 "
            "花园 山坡 原野 公园"
        ),
        "desert": "desert dune sahara canyon oasis sand mars 沙漠 沙丘 火星",
        "sea": "sea ocean wave bay harbor harbour 海 大海 海洋 海浪",
        "coast": "coast beach shore island seaside coastline tropical 海滩 海边 海岸 沙滩 岛",
        "lake": "lake river pond reflection fjord stream creek 湖 河 池塘 江",
        "undersea": "underwater undersea reef coral aquarium submarine 水下 海底 珊瑚",
        "city": (
            "city street downtown skyline urban metropolis alley tokyo york shanghai london paris cyberpunk town "
            "skyscraper 城市 街道 都市 街 上海 北京"
        ),
        "room": (
            "room window windowsill interior kitchen bedroom study library cafe desk sofa indoors 窗台 窗 房间 "
            "室内 书房 厨房 卧室"
        ),
        "table": "stilllife table tabletop 静物 桌子 桌上 桌",
        "space": "space galaxy nebula planet cosmos cosmic orbit universe saturn jupiter 太空 宇宙 银河 星系 行星",
        "abstract": (
            "abstract quantum entanglement entropy algorithm neural network data mathematics physics atom "
            "molecule energy time music theory dimension consciousness chaos fractal 抽象 量子 纠缠 算法 数据 "
            "数学 物理 音乐"
        ),
    },
    "light": {
        "dawn": "dawn sunrise morning daybreak 黎明 日出 清晨 早晨 晨",
        "day": "day noon sunny daylight midday sunshine bright afternoon 白天 中午 正午 晴 阳光 午后",
        "dusk": "dusk sunset twilight evening sundown 黄昏 日落 傍晚 夕阳 晚霞",
        "night": (
            "night midnight moon moonlit moonlight starry stars nocturnal dark aurora 夜晚 夜 星空 月亮 月光 月 极光"
        ),
        "overcast": "overcast cloudy gloomy 阴天 多云",
    },
    "weather": {
        "rain": "rain rainy raining drizzle wet 下雨 雨",
        "storm": "storm stormy thunder lightning tempest 暴风雨 风暴 雷 闪电",
        "fog": "fog foggy mist misty haze hazy 雾",
        "snow": "snow snowy snowing snowfall blizzard winter frozen ice icy arctic 下雪 雪 冬 冰",
        "aurora": "aurora borealis 极光",
    },
    "season": {
        "spring": "spring blossom cherry sakura bloom blooming 春 樱花",
        "summer": "summer 夏",
        "autumn": "autumn fall autumnal foliage october 秋",
        "winter": "winter christmas 冬",
    },
    "style": {
        "watercolor": "watercolor watercolour gouache wash 水彩",
        "oil": "oil impressionist impressionism monet gogh impasto 油画 印象派",
        "sketch": "sketch pencil drawing charcoal engraving lineart etching 素描 线稿 铅笔",
        "ink": "ink sumi calligraphy 水墨 国画 墨",
        "minimal": "minimalist minimal minimalism flat geometric simple 极简 简约 扁平",
        "icon": "icon logo emblem sticker badge symbol pictogram clipart 图标 标志 贴纸 徽标",
        "poster": "poster cover print screenprint 海报 封面",
        "pastel": "pastel dreamy kawaii 柔和 粉彩",
        "vintage": "vintage retro sepia nostalgic antique film 复古 怀旧",
        "neon": "neon cyberpunk synthwave vaporwave futuristic hologram 霓虹 赛博朋克",
        "mono": "monochrome noir grayscale greyscale 黑白",
        "pixel": "pixel pixelart voxel mosaic lego 像素",
        "posterised": "posterised posterized posterize pop warhol 波普",
        "duotone": "duotone risograph 双色",
    },
    "colour": {
        "red": "red crimson scarlet ruby 红色 红",
        "orange": "orange amber 橙色 橙",
        "yellow": "yellow 黄色 黄",
        "gold": "gold golden 金色 金",
        "green": "green emerald olive mint 绿色 绿",
        "teal": "teal 青色 青",
        "turquoise": "turquoise aqua",
        "blue": "blue azure sapphire 蓝色 蓝",
        "navy": "navy indigo",
        "purple": "purple plum 紫色 紫",
        "violet": "violet lavender lilac",
        "pink": "pink salmon coral rosy 粉色 粉红",
        "brown": "brown chestnut 棕色 棕 褐色",
        "black": "black ebony 黑色",
        "white": "white ivory 白色 白",
        "grey": "grey gray 灰色 灰",
        "silver": "silver 银色 银",
        "cyan": "cyan",
        "magenta": "magenta fuchsia",
        "beige": "beige cream 米色",
    },
    "pose": {"lying": "resting lying sleeping asleep curled napping lazy 躺 睡 卧 趴"},
}
