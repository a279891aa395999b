/** The attribute of the organization /system that holds the lab's id. Nobody sees or changes it from outside. */
export const LAB_ID = 'lab_id'
