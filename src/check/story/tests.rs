//! What the stories of small histories say, event by event.

use super::*;
use crate::check::catalog::Catalog;

/// The events of `text` by their lines, and the story of order 1.
fn told(text: &str, config: Option<&Config>) -> (History, Story) {
    let history = History::parse(text).unwrap();
    let order = Order::of(&history, Relation::HappenedBefore).unwrap();
    let subject = Subject {
        history: &history,
        order: &order,
    };
    let story = tell(subject, "1", config).unwrap().unwrap();
    (history, story)
}

fn line(history: &History, event: EventId) -> u32 {
    history.event(event).place.line
}

const LOST_ANSWER: &str = r#"{"process":"shop","type":"invoke","f":"pay","value":{"order":1,"key":"a"},"id":"p1"}
{"process":"shop","type":"send","msg":"m1","to":"bank"}
{"process":"bank","type":"receive","msg":"m1","from":"shop"}
{"process":"bank","type":"fact","f":"paid","value":{"order":1,"key":"a"}}
{"process":"bank","type":"send","msg":"m2","to":"shop"}
{"process":"shop","type":"info","f":"pay","id":"p1"}
{"process":"shop","type":"fact","f":"shipped","value":{"order":1}}
{"process":"bank","type":"send","msg":"m3","to":"mail"}
{"process":"mail","type":"receive","msg":"m3","from":"bank"}
{"process":"mail","type":"fact","f":"receipt","value":{"order":1}}
{"process":"bank","type":"fact","f":"paid","value":{"order":2,"key":"b"}}
"#;

#[test]
fn news_is_told_where_it_arrives_and_with_the_way_that_it_took() {
    let (history, story) = told(LOST_ANSWER, None);
    let lines = story.witnessed.iter().map(|one| line(&history, one.event));
    assert_eq!(lines.collect::<Vec<u32>>(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    let learned: Vec<(u32, Vec<(u32, usize)>)> = story
        .witnessed
        .iter()
        .filter(|one| !one.learned.is_empty())
        .map(|one| {
            let lessons = one.learned.iter();
            let lessons = lessons.map(|lesson| (line(&history, lesson.of), lesson.how.len()));
            (line(&history, one.event), lessons.collect())
        })
        .collect();
    assert_eq!(learned, [(3, vec![(1, 2)]), (9, vec![(1, 4), (4, 2)])]);
}

#[test]
fn what_is_recorded_in_doubt_is_known_as_such() {
    let (history, story) = told(LOST_ANSWER, None);
    let doubtful: Vec<u32> = story
        .witnessed
        .iter()
        .filter(|one| !one.in_doubt.is_empty())
        .map(|one| line(&history, one.event))
        .collect();
    assert_eq!(doubtful, [7]);
    let [doubt] = story.doubts.as_slice() else {
        panic!("one doubt, not {:?}", story.doubts);
    };
    assert!(doubt.known.is_none());
    assert!(doubt.repairs.is_empty());
    let Some(Settled::Shown {
        fact,
        same,
        is_configured: false,
    }) = &doubt.settled
    else {
        panic!("{:?}", doubt.settled);
    };
    assert_eq!(line(&history, *fact), 4);
    assert_eq!(same, &["key", "order"]);
}

#[test]
fn the_configuration_says_what_settles() {
    let config = |complete: &str| {
        let text = format!(
            "[effect.payment]\noperation = \"pay\"\nfact = \"paid\"\nowner = \"bank\"\nsame = \"order\"\n{complete}"
        );
        Config::parse("testimony.toml", &text, &Catalog::default()).unwrap()
    };
    let settled =
        |text: &str, config: &Config| told(text, Some(config)).1.doubts[0].settled.clone();
    let shown = settled(LOST_ANSWER, &config(""));
    assert!(matches!(
        shown,
        Some(Settled::Shown {
            is_configured: true,
            ..
        })
    ));
    let elsewhere = LOST_ANSWER.replace(
        r#""f":"paid","value":{"order":1"#,
        r#""f":"paid","value":{"order":3"#,
    );
    assert_eq!(settled(&elsewhere, &config("")), None);
    assert_eq!(
        settled(&elsewhere, &config("complete = true\n")),
        Some(Settled::NoEffect)
    );
}

#[test]
fn a_fact_that_differs_in_a_field_settles_nothing() {
    let other = LOST_ANSWER.replace(
        r#"{"order":1,"key":"a"}}
{"process":"bank","type":"send""#,
        r#"{"order":1,"key":"b"}}
{"process":"bank","type":"send""#,
    );
    assert_eq!(told(&other, None).1.doubts[0].settled, None);
}

#[test]
fn repairs_are_told_by_what_they_are() {
    let text = r#"{"history":1,"order":"happened-before"}
{"process":"shop","type":"invoke","f":"pay","value":{"order":1,"key":"a"},"id":"p1","intent":"i"}
{"process":"bank","type":"fact","f":"paid","value":{"order":1,"key":"a"},"id":"f1"}
{"process":"shop","type":"info","f":"pay","id":"p1"}
{"process":"shop","type":"invoke","f":"pay","value":{"order":1,"key":"b"},"id":"p2","intent":"i"}
{"process":"shop","type":"fail","f":"pay","id":"p2"}
{"process":"shop","type":"invoke","f":"ask","value":{"order":1},"id":"q"}
{"process":"shop","type":"ok","f":"ask","value":{"order":1},"id":"q","after":["f1"]}
{"process":"shop","type":"fact","f":"refunded","value":{"order":1}}
{"process":"shop","type":"fact","f":"manual-review","value":{"order":1}}
{"process":"shop","type":"fact","f":"closed","value":{"order":1}}
"#;
    let (history, story) = told(text, None);
    let doubt = &story.doubts[0];
    let repairs: Vec<(u32, &str)> = doubt
        .repairs
        .iter()
        .map(|repair| (line(&history, repair.event), repair.path.as_str()))
        .collect();
    assert_eq!(
        repairs,
        [
            (5, "retry"),
            (7, "query"),
            (9, "compensation"),
            (10, "review")
        ]
    );
    let differs: Vec<&str> = doubt.repairs[0]
        .differs
        .iter()
        .map(|one| one.0.as_str())
        .collect();
    assert_eq!(differs, ["key"]);
    let known = doubt.known.as_ref().and_then(|lesson| lesson.how.last());
    assert_eq!(known.map(|step| line(&history, step.to)), Some(8));
}

#[test]
fn an_operation_inside_another_one_was_not_asked_by_the_user() {
    let text = r#"{"process":"shop","type":"invoke","f":"buy","value":{"order":1},"id":"b"}
{"process":"shop","type":"send","msg":"m1"}
{"process":"bank","type":"receive","msg":"m1"}
{"process":"bank","type":"invoke","f":"pay","value":{"order":1},"id":"p"}
{"process":"bank","type":"ok","f":"pay","id":"p"}
{"process":"shop","type":"ok","f":"buy","id":"b"}
{"process":"shop","type":"invoke","f":"look","value":{"order":"1"},"id":"l"}
{"process":"shop","type":"ok","f":"look","id":"l"}
"#;
    let (history, story) = told(text, None);
    let asked = story.asked.iter().map(|op| history.operation(*op).invoke);
    let asked: Vec<u32> = asked.map(|event| line(&history, event)).collect();
    assert_eq!(asked, [1, 7]);
}

#[test]
fn an_identity_is_a_whole_scalar_of_a_value() {
    let text = r#"{"process":1,"type":"fact","f":"a","value":{"1":"x"}}
{"process":1,"type":"fact","f":"b","value":"order 1"}
{"process":1,"type":"fact","f":"c","value":[{"deep":[1]}]}
{"process":1,"type":"fact","f":"d","value":10}
{"process":1,"type":"fact","f":"e","value":1.0}
{"process":1,"type":"fact","f":"f","id":"1"}
{"process":1,"type":"fact","f":"g","intent":"1"}
"#;
    let (history, story) = told(text, None);
    let lines = story.witnessed.iter().map(|one| line(&history, one.event));
    assert_eq!(lines.collect::<Vec<u32>>(), [3, 5, 6, 7]);
    let history =
        History::parse(r#"{"process":1,"type":"fact","f":"a","value":{"order-78":"order-781"}}"#);
    let closest = closest_identity(&history.unwrap(), "order-78");
    assert_eq!(closest.as_deref(), Some("order-781"));
}

#[test]
fn real_time_tells_the_participants_nothing() {
    let text = r#"{"process":"a","type":"fact","f":"x","value":1}
{"process":"b","type":"fact","f":"y","value":1}
"#;
    let (_, story) = told(text, None);
    assert!(story.witnessed.iter().all(|one| one.learned.is_empty()));
}
