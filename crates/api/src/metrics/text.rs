//! The exposition formats: Prometheus text 0.0.4 and OpenMetrics 1.0, which differ in little.

use std::fmt::Write;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Prometheus,
    OpenMetrics,
}

impl Form {
    /// What `Accept` asks for: OpenMetrics where it is named.
    pub(super) fn wanted(accept: Option<&str>) -> Self {
        let named = accept.is_some_and(|accept| accept.to_ascii_lowercase().contains("application/openmetrics-text"));
        if named { Self::OpenMetrics } else { Self::Prometheus }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// What a family of samples is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Metrics being written.
pub(super) struct Text {
    form: Form,
    out: String,
}

/// Names and values of labels.
pub(super) type Labels<'a> = &'a [(&'static str, &'a str)];

impl Text {
    pub(super) fn new(form: Form) -> Self {
        Self { form, out: String::new() }
    }

    /// Begins a family. A counter's name ends with `_total`.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let word = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // In OpenMetrics, the ending is the sample's and not the family's.
        let name = match (self.form, kind) {
            (Form::OpenMetrics, Kind::Counter) => name.trim_end_matches("_total"),
            _ => name,
        };
        // Writing to a text cannot fail.
        let _ = writeln!(self.out, "# HELP {name} {help}\n# TYPE {name} {word}");
    }

    /// One sample of the family begun last.
    pub(super) fn sample(&mut self, name: &str, labels: Labels<'_>, value: f64) {
        self.labelled(name, labels, None, value);
    }

    /// A family of one sample without labels.
    pub(super) fn single(&mut self, name: &str, kind: Kind, help: &str, value: f64) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// A histogram of the family begun last: bounds with all the counts up to each, the count of all, and their sum.
    pub(super) fn histogram(&mut self, name: &str, labels: Labels<'_>, upto: &[(&str, f64)], count: f64, sum: f64) {
        let bucket = format!("{name}_bucket");
        for (bound, calls) in upto {
            self.labelled(&bucket, labels, Some(bound), *calls);
        }
        self.labelled(&bucket, labels, Some("+Inf"), count);
        self.sample(&format!("{name}_sum"), labels, sum);
        self.sample(&format!("{name}_count"), labels, count);
    }

    fn labelled(&mut self, name: &str, labels: Labels<'_>, bound: Option<&str>, value: f64) {
        self.out.push_str(name);
        let labels = labels.iter().copied().chain(bound.map(|bound| ("le", bound)));
        let mut between = '{';
        for (label, value) in labels {
            self.out.push(between);
            let _ = write!(self.out, "{label}=\"{}\"", escaped(value));
            between = ',';
        }
        if between == ',' {
            self.out.push('}');
        }
        let _ = writeln!(self.out, " {value}");
    }

    pub(super) fn end(mut self) -> String {
        if self.form == Form::OpenMetrics {
            self.out.push_str("# EOF\n");
        }
        self.out
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_one_family() {
        let write = |form| {
            let mut text = Text::new(form);
            text.family("a_total", Kind::Counter, "Counts.");
            text.sample("a_total", &[("of", "x\"\\\ny")], 3.0);
            text.family("b_seconds", Kind::Histogram, "Takes.");
            text.histogram("b_seconds", &[("of", "z")], &[("0.5", 1.0)], 2.0, 1.25);
            text.end()
        };
        let samples = "a_total{of=\"x\\\"\\\\\\ny\"} 3\n# HELP b_seconds Takes.\n# TYPE b_seconds histogram\n\
            b_seconds_bucket{of=\"z\",le=\"0.5\"} 1\nb_seconds_bucket{of=\"z\",le=\"+Inf\"} 2\n\
            b_seconds_sum{of=\"z\"} 1.25\nb_seconds_count{of=\"z\"} 2\n";
        assert_eq!(write(Form::Prometheus), format!("# HELP a_total Counts.\n# TYPE a_total counter\n{samples}"));
        assert_eq!(write(Form::OpenMetrics), format!("# HELP a Counts.\n# TYPE a counter\n{samples}# EOF\n"));
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2";
        assert_eq!(Form::wanted(Some(prometheus)), Form::OpenMetrics);
        assert_eq!((Form::wanted(Some("*/*")), Form::wanted(None)), (Form::Prometheus, Form::Prometheus));
    }
}
